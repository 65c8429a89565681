package coord

import (
	"slices"

	"github.com/distributedstorage/ds/internal/coord/table"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/planted"
	"github.com/distributedstorage/ds/internal/wire"
)

// room bounds the large values that are in memory because this router asked for them: to answer, to change, to
// repair. Who finds no room waits in line, holding none.
//
// Nobody waits for ever: a value is let in alone whatever its length, and who has room waits for servers,
// for the journal and for its client, all of which have deadlines (freeRoom); not for a gate (queueAt).
type room struct {
	limit  int64
	used   int64
	handed int64 // of used: what clients are being given
	line   []opID
}

// freed takes back what clients had been given.
func (r *room) freed(n int64) {
	r.handed -= n
	r.free(n)
}

func (r *room) free(n int64) {
	if r.used -= n; r.used < r.handed || r.handed < 0 {
		panic("coord: more large values were given back than there were")
	}
}

// emptied is a buffer to be filled again, without memory that someone else may be reading.
func emptied(b []byte) []byte {
	if cap(b) > wire.LargeValue {
		return nil
	}
	return b[:0]
}

// keep is what is kept of bytes from outside: themselves if they are large and may be, else a copy.
func keep(buf, b []byte, shared bool) []byte {
	if shared && len(b) > wire.LargeValue {
		return b
	}
	return append(emptied(buf), b...)
}

// large tells that a set's value is sent in chunks.
func (o *op) large() bool { return len(o.arg) > wire.LargeValue }

// needs is the room in bytes that an operation takes with the record that it found.
func (o *op) needs() int64 {
	n := int64(o.found.Length)
	if n <= wire.LargeValue {
		return 0
	}
	if o.kind == OpAppend { // the old value and the new one
		n += n + int64(len(o.arg))
	}
	return n
}

// waitRoom queues an operation that is about to fetch a large value for which there is no room.
func (c *Core) waitRoom(o *op) bool {
	n := o.needs()
	if n <= o.charged || len(c.room.line) == 0 && c.charge(o, n) {
		return false
	}
	c.giveRoom(o)
	o.phase = phaseRoom
	o.gen++
	c.room.line = append(c.room.line, o.id)
	c.admitLarge()
	return true
}

// AwaitRoom is how many operations wait for room for a large value.
func (c *Core) AwaitRoom() int { return len(c.room.line) }

func (c *Core) charge(o *op, n int64) bool {
	r := &c.room
	if others := r.used - o.charged; others > 0 && others+n > r.limit {
		return false
	}
	r.used += n - o.charged
	o.charged = n
	return true
}

// giveRoom gives an operation's room back, with the value that it was for.
func (c *Core) giveRoom(o *op) {
	if o.charged == 0 {
		return
	}
	if o.fault == fault.OK || !planted.On(planted.RoomKept) {
		c.room.free(o.charged)
	}
	o.charged, o.rbuf, o.fullHead = 0, nil, kv.Head{}
}

// freeRoom gives back the room of a payment or repair that is late, which goes on waiting for its server. A frame of a payment that has begun to
// leave and stalls has its own hold of the value: that is bounded by what a server is paid at a time. What one that reads again had fetched before, it
// fetches anew.
func (c *Core) freeRoom(o *op) {
	if o.owner == 0 || o.write || o.phase != phaseSettle && o.phase != phaseRead || o.charged == 0 {
		return
	}
	c.giveRoom(o)
	o.tmp, o.val = nil, nil
	c.admitLarge()
}

// admitLarge lets in those at the head of the line for whom there is room.
func (c *Core) admitLarge() {
	r := &c.room
	for len(r.line) > 0 {
		o := c.ops.get(r.line[0])
		if !c.charge(o, o.needs()) {
			return
		}
		r.line = slices.Delete(r.line, 0, 1)
		if o.kind != opPay {
			c.fetchNow(o)
			continue
		}
		var slot table.Slot
		if e := c.table.Find(o.db, o.hash, o.key, &slot); e != nil && e.Head == o.head && e.Record {
			c.readRow(o, e)
		} else {
			c.complete(o)
		}
	}
}

// handOver gives the value that was read to the client's connection, with its room: the driver gives that back.
func (c *Core) handOver(o *op) []byte {
	c.room.used += int64(len(o.rbuf)) - o.charged
	c.room.handed += int64(len(o.rbuf))
	o.charged = 0
	return o.rbuf
}

// waitOwnGate queues a write of a large value if its key is gated; else it holds the gate.
func (c *Core) waitOwnGate(o *op) bool { return !c.enterGate(o) }
