//go:build planted

package planted

// Enabled tells that there are planted bugs in this build.
const Enabled = true

// Marker is in every build that has planted bugs, and in no other.
const Marker = "this build has bugs planted in it on purpose"

var active Bug

// On tells that the bug is active.
//
//go:noinline
func On(b Bug) bool {
	if b >= Bugs {
		panic(Marker)
	}
	return b == active
}

// Plant makes one bug active, None takes it out. No world may run meanwhile.
func Plant(b Bug) { active = b }
