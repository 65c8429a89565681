package payload

import "testing"

func TestRoundTrip(t *testing.T) {
	for _, size := range []int{0, 1, 100, 70_000} {
		id := ID(7, size)
		if got := Read(Make(id, size)); got != id {
			t.Fatalf("%d bytes: read %q, want %q", size, got, id)
		}
	}
}

func TestDamageIsSeen(t *testing.T) {
	whole := Make("w1.1", 200)
	for _, damaged := range []string{"", "x", whole[:len(whole)-1], whole[1:], whole[:100] + whole[101:]} {
		if got := Read(damaged); got == "w1.1" {
			t.Fatalf("%q was taken for whole", damaged)
		}
	}
}
