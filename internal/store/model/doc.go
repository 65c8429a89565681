// Package model owns the store as a few maps in memory, with a durability that a test controls.
//
// It is the obviously correct twin of the engine: what was applied lives in the store, what was
// synced lives in its Volume, and a crash keeps the volume only.
package model
