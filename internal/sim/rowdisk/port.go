package rowdisk

import "strings"

// Volume is a disk with a router's journal. Whoever ends a life of the router on it calls Stop or Cut.
type Volume interface {
	// Open begins a life of the router: its epoch is one more than the last one's. After Fail the journal is opened again.
	Open() (epoch uint64, err error)
	// Load gives every row, in the order of the keys.
	Load(row func(key, value []byte) error) error
	// Commit makes steps durable, together, and answers their reads in order.
	Commit([]Step) []Answer
	// Stop ends the life in order, once the steps are durable.
	Stop([]Step)
	// Cut ends the life as a loss of power does while the steps are on their way to the disk, so many fourths of them there.
	Cut(steps []Step, fourths int)
	// Fail has the disk fail while the steps are on their way to it: nothing is taken from then on. It is found out by
	// Open whether they are there.
	Fail([]Step)

	// Snapshot is a copy of what is durable.
	Snapshot() Volume
	// Empty is another volume of the kind, with nothing on it.
	Empty() Volume
	// Keys is the keys of the rows that are durable, sorted.
	Keys() []string
	// Row is a row that is durable.
	Row(key string) ([]byte, bool)
	// Rot flips a bit of a row.
	Rot(key string)
}

// Step is the journal's part of a step of the core: it reaches the disk whole or not at all.
type Step struct {
	Seq   uint64 // of its last operation
	Ops   []Op   // none: a step of reads
	Reads []Read // they see the operations, and none of later steps
}

// Changes tells that the step concerns a row whose key ends so, behind the letter of its kind.
func (s *Step) Changes(end string) bool {
	for i := range s.Ops {
		op := &s.Ops[i]
		if strings.HasSuffix(op.Key, end) {
			return true
		}
		if row := op.Key[:1] + end; op.End != "" && row >= op.Key && row < op.End {
			return true
		}
	}
	return false
}

// Op changes one row, or with End the rows from Key up to End.
type Op struct {
	Delete   bool
	Large    bool // the core gave the value by reference
	Key, End string
	Value    []byte
}

// Read asks for a row.
type Read struct {
	Token uint64
	Key   string
}

// Answer is the row that a read asked for.
type Answer struct {
	Token uint64
	Found bool
	Value []byte
}
