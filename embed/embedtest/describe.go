package embedtest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/distributedstorage/ds/client"
)

// Describe is a DS WHY in one line.
func Describe(w client.Why) string {
	var b strings.Builder
	fmt.Fprintf(&b, "home %d buffered %v", w.Home, w.Buffered)
	for _, c := range w.Copies {
		fmt.Fprintf(&b, "; server %d %s: %s %s owed %v", c.Server, c.State, text(c.Kind), text(c.Version), c.Owed)
	}
	return b.String()
}

func text(s *string) string {
	if s == nil {
		return "?"
	}
	return *s
}

func equal(a, b *string) bool { return (a == nil) == (b == nil) && text(a) == text(b) }

func contains(list []string, s string) bool { return slices.Contains(list, s) }
