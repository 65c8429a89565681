// Package tail owns the batches that a volume's log may still have in the memory of the process: it hands
// each to the operating system at once, so that the end of the process loses none.
package tail
