package resp

import "github.com/distributedstorage/ds/internal/fault"

// join is how the replies of a command's parts become its answer.
type join uint8

const (
	joinNone   join = iota
	joinOK          // OK
	joinStatus      // OK or null
	joinSetNX       // 1 or 0
	joinValue       // the value or null
	joinInt         // the number
	joinSum         // the sum of the numbers
	joinCount       // how many exist
	joinValues      // an array of values
	joinStrlen
	joinType
	joinTTL
	joinPTTL
	joinExpireTime
	joinPExpireTime
	joinBadExpiry // an error if the key exists, else null
	joinBadNumber // likewise
	joinFan       // see fan
	joinWhy
	joinServers
	joinConverged
)

// slot is a command that waits for its answer, or for that of an earlier one.
type slot struct {
	join  join
	resp3 bool
	write bool
	done  bool
	some  bool // a part was executed
	fault fault.Kind
	left  int32 // parts not answered
	parts int32
	size  int32 // bytes of the request
	value int32 // values expected
	n     int64
	cmd   *command
	many  *gather
	buf   []byte // the answer, made before its turn
	// shared is the value that buf announces, by reference
	shared []byte
}

// ring holds the slots of the commands head … tail-1 in a buffer that grows by doubling.
type ring struct {
	slots      []slot
	head, tail uint64
	bytes      int // of the requests
}

const firstSlots = 16

func (r *ring) len() int { return int(r.tail - r.head) }

func (r *ring) at(seq uint64) *slot { return &r.slots[seq&uint64(len(r.slots)-1)] }

// push adds an empty slot at the tail.
func (r *ring) push() *slot {
	if r.len() == len(r.slots) {
		r.grow()
	}
	sl := r.at(r.tail)
	r.tail++
	return sl
}

func (r *ring) grow() {
	old := *r
	r.slots = make([]slot, max(firstSlots, 2*len(old.slots)))
	for seq := old.head; seq < old.tail; seq++ {
		*r.at(seq) = *old.at(seq)
	}
}

// pop drops the slot at the head.
func (r *ring) pop() {
	sl := r.at(r.head)
	r.bytes -= int(sl.size)
	*sl = slot{}
	r.head++
}
