package link

import (
	"net"
	"slices"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/wire"
)

func appendLarge(o *Outbox, ticket uint64, n int) {
	o.AppendLarge(wire.AppendUnsealed(nil, &wire.Frame{Type: wire.Apply, Ticket: ticket, Key: []byte("k"),
		Head: kv.Head{Kind: kv.Live, Length: uint32(n)}}), make([]byte, n))
}

// incoming reads frames and notes tickets: of whole frames, and 0 for each chunk that ends none.
type incoming struct {
	conn   net.Conn
	split  wire.Splitter
	buf    []byte
	events []uint64
}

func (in *incoming) read(t *testing.T, n int) {
	t.Helper()
	b := make([]byte, n)
	n, err := in.conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	in.buf = append(in.buf, b[:n]...)
	for {
		f, n, err := in.split.Next(in.buf)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			return
		}
		ticket := uint64(0)
		if f != nil {
			var frame wire.Frame
			if err := wire.Decode(f, &frame); err != nil {
				t.Fatal(err)
			}
			ticket = frame.Ticket
		}
		in.events, in.buf = append(in.events, ticket), in.buf[n:]
	}
}

func (in *incoming) until(t *testing.T, ticket uint64) {
	t.Helper()
	for !slices.Contains(in.events, ticket) {
		in.read(t, 1<<16)
	}
}

// A small frame waits for the round that is being written, not for the large frame.
func TestSmallFramesPassLargeOnes(t *testing.T) {
	near, far := pipePair(t)
	o, in := NewOutbox(near, nil), &incoming{conn: far}
	defer o.Close()
	appendLarge(o, 1, 4<<20)
	o.Flush()
	in.read(t, 1) // the first round is being written
	o.Append(wire.Append(nil, &wire.Frame{Type: wire.Probe, Ticket: 2, Seq: 1}))
	o.Flush()
	in.until(t, 2)
	if chunks := len(in.events) - 1; chunks > 4 {
		t.Errorf("the small frame came behind %d chunks", chunks)
	}
	in.until(t, 1)
}

// Two large frames share the connection, further ones wait for one of them to end.
func TestLargeFramesTakeTurns(t *testing.T) {
	near, far := pipePair(t)
	o, in := NewOutbox(near, nil), &incoming{conn: far}
	defer o.Close()
	for ticket, size := range []int{10, 3, 3, 1} {
		appendLarge(o, uint64(ticket+1), size*wire.ChunkSize-100)
	}
	o.Flush()
	for _, ticket := range []uint64{2, 3, 4, 1} {
		in.until(t, ticket)
	}
	whole := slices.DeleteFunc(slices.Clone(in.events), func(e uint64) bool { return e == 0 })
	if want := []uint64{2, 3, 4, 1}; !slices.Equal(whole, want) {
		t.Errorf("frames end in the order %d, want %d", whole, want)
	}
	if at := slices.Index(in.events, 2); at != 5 {
		t.Errorf("the second ends with chunk %d", at+1)
	}
}

// What has not begun to leave can be taken back.
func TestWithdrawLargeFrames(t *testing.T) {
	near, far := pipePair(t)
	o, in := NewOutbox(near, nil), &incoming{conn: far}
	defer o.Close()
	for ticket := uint64(1); ticket <= 4; ticket++ {
		appendLarge(o, ticket, 1<<20)
	}
	o.Flush()
	in.read(t, 1)
	if o.Withdraw(1) || o.Withdraw(2) || !o.Withdraw(3) || o.Withdraw(3) || o.Withdraw(9) {
		t.Error("only what has not begun is withdrawn, once")
	}
	before := o.Large()
	if before < 2<<20 || before > 3<<20 {
		t.Errorf("%d bytes are left", before)
	}
	in.until(t, 4)
	if slices.Contains(in.events, 3) || o.Large() != 0 {
		t.Errorf("frames %d came, %d bytes are left", in.events, o.Large())
	}
}
