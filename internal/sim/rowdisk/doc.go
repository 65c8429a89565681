// Package rowdisk owns the disk of a simulated router's journal.
//
// It is a model of rows, or the real journal on a file system that forgets, or tears, what was not synced. The real one has the model
// beside it: whatever the journal reports, and whatever it brings back after a crash, must be what the model says (twin.go).
package rowdisk
