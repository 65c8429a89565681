// Package embedtest owns whole stores inside a test. Their parts come, go, lose their volumes.
package embedtest
