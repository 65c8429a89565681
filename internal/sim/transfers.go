package sim

import "github.com/distributedstorage/ds/internal/coord"

// Transfers counts what became of large values on their way.
type Transfers struct {
	Chunked   int // of more than one chunk
	CutOff    int // the link ended in the middle of one
	Withdrawn int // before they left
}

func (t *Transfers) left(_ uint64, chunks int) {
	if chunks > 1 {
		t.Chunked++
	}
}

// moved tells the router of the links that gave bytes of large values since the last tick.
func (w *World) moved(in []coord.Input) []coord.Input {
	for _, s := range w.Servers {
		if s.out.moves() && s.link != 0 && !s.orphan && s.router == w.Router {
			in = append(in, coord.Input{Kind: coord.InMoved, Link: s.link, N: coord.MovedIn})
		}
	}
	return in
}
