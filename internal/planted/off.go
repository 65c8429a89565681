//go:build !planted

package planted

// Enabled tells that there are planted bugs in this build.
const Enabled = false

// On tells that the bug is active: never.
func On(Bug) bool { return false }
