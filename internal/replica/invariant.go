package replica

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/wire"
)

// What follows is asserted always, and stops the process; the numbers go on those of internal/coord/invariant.go.
//
//  6. A key's version never decreases, and of equal versions the higher record stays.
//  7. Nothing is applied from a session that is not the current one, or of an epoch below the volume's.
//  8. The digest that is kept of a partition is that of its records.

func broke(invariant int, format string, args ...any) {
	panic(fmt.Sprintf("replica: broken invariant %d: ", invariant) + fmt.Sprintf(format, args...))
}

// assertOutcome is 6.
func assertOutcome(w *Write, o *Outcome) {
	ok := o.Code == wire.Failed || !o.Head.Version.Less(o.Prev.Version)
	switch o.Code {
	case wire.Applied:
		ok = ok && o.Head == w.Head && !w.Head.Version.Less(o.Prev.Version)
	case wire.Equal:
		ok = ok && o.Head == w.Head && o.Prev == o.Head
	case wire.Newer:
		ok = ok && o.Head.Newer(w.Head) && o.Prev == o.Head
	}
	if !ok {
		broke(6, "apply of %v %v to %v %v gave %v %v (outcome %d)", w.Head.Version, w.Head.Kind,
			o.Prev.Version, o.Prev.Kind, o.Head.Version, o.Head.Kind, o.Code)
	}
}

// assertCurrent is 7.
func (s *Session) assertCurrent() {
	if s.r.session != s {
		broke(7, "a session is used after another one began")
	}
	if s.admitted && s.epoch != s.r.identity.Epoch {
		broke(7, "a session of epoch %d at a volume of epoch %d", s.epoch, s.r.identity.Epoch)
	}
}
