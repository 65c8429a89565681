// Package killfs owns a file system that from a moment on keeps nothing of what is written to it, as if the
// process had been killed then.
package killfs
