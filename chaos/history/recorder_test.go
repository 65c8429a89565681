package history

import (
	"sync"
	"testing"
)

func TestClientIsRetiredAfterUnknown(t *testing.T) {
	r := NewRecorder()
	l := r.Log()
	first := l.Client()
	l.Add(Operation{Kind: Write, Key: "k", Value: "1"})
	if l.Client() != first {
		t.Fatal("an acknowledged write retired its client")
	}
	l.Add(Operation{Kind: Write, Key: "k", Value: "2", Outcome: Unknown, Fault: "cut"})
	if l.Client() == first {
		t.Fatal("a client went on after a write of unknown outcome")
	}
	if got := r.Operations(); len(got) != 2 || got[1].Client != first {
		t.Fatalf("operations %+v", got)
	}
}

func TestCounts(t *testing.T) {
	r := NewRecorder()
	var done sync.WaitGroup
	for range 4 {
		l := r.Log()
		done.Add(1)
		go func() {
			defer done.Done()
			l.Add(Operation{Kind: Write, Key: "a", Value: "x"})
			l.Add(Operation{Kind: Delete, Key: "a", Outcome: Failed, Fault: "BUSY"})
			l.Add(Operation{Kind: Read, Key: "a"})
		}()
	}
	done.Wait()
	if r.Acknowledged() != 4 || r.Writes() != 8 || r.Faults()["BUSY"] != 4 || len(r.Operations()) != 12 {
		t.Fatalf("acknowledged %d writes %d faults %v", r.Acknowledged(), r.Writes(), r.Faults())
	}
}
