// Package disk owns the disks of simulated servers.
//
// A disk is a volume of the model, or one of the durable engine on a file system that forgets, or tears, what was not
// synced. The durable one has the model beside it: whatever the engine answers, and whatever it brings back after a crash, must be
// what the model says (twin.go). Pebble's goroutines do nothing by themselves there, so that the same calls leave the same bytes.
package disk
