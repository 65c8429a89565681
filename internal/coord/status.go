package coord

import (
	"encoding/binary"
	"errors"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// State is a server's state.
type State uint8

const (
	Away   State = iota
	Behind       // connected, owed something, or slow
	InSync
)

// String is the state's name in DS SERVERS.
func (s State) String() string {
	switch s {
	case Behind:
		return "behind"
	case InSync:
		return "in-sync"
	}
	return "away"
}

// ServerStatus is one server in DS SERVERS.
type ServerStatus struct {
	Number ring.Server
	State  State
	Owed   uint64 // entries
	Dirty  uint32 // partitions
	Keys   uint64 // live keys as of the last heartbeat; meaningless when away
	Store  kv.ID  // zero = never seen
	Since  int64  // Unix milliseconds of the last change of state
	Slow   bool   // it misses deadlines: nothing waits for it while others will do
}

// Convergence is DS CONVERGED.
type Convergence struct {
	Converged bool
	Owed      uint64 // entries in the table
	Dirty     uint32 // (server, partition) marks
	Buffered  uint64 // entries that no server has confirmed
	Shrunk    uint64 // entries whose record is on the disk of a server alone
	Table     uint64 // bytes of memory that entries take
	ProvedAt  int64  // Unix milliseconds; 0 = not since the router started
}

// CopyStatus is one copy in DS WHY.
type CopyStatus struct {
	Server ring.Server
	State  State
	Known  bool // the copy answered; else Head is meaningless
	Owed   bool // the key or its partition
	Head   kv.Head
}

// Why is DS WHY.
type Why struct {
	Home     ring.Server
	Buffered bool
	Copies   []CopyStatus
}

var errShort = errors.New("status is truncated")

var le = binary.LittleEndian

// AppendServers encodes a list of ServerStatus.
func AppendServers(dst []byte, list []ServerStatus) []byte {
	for i := range list {
		s := &list[i]
		dst = le.AppendUint16(dst, uint16(s.Number))
		dst = append(dst, byte(s.State))
		dst = le.AppendUint64(dst, s.Owed)
		dst = le.AppendUint32(dst, s.Dirty)
		dst = le.AppendUint64(dst, s.Keys)
		dst = append(dst, s.Store[:]...)
		dst = le.AppendUint64(dst, uint64(s.Since))
		dst = append(dst, boolByte(s.Slow))
	}
	return dst
}

// DecodeServers reads what AppendServers wrote.
func DecodeServers(b []byte) ([]ServerStatus, error) {
	const size = 2 + 1 + 8 + 4 + 8 + 16 + 8 + 1
	if len(b)%size != 0 {
		return nil, errShort
	}
	list := make([]ServerStatus, 0, len(b)/size)
	for ; len(b) > 0; b = b[size:] {
		s := ServerStatus{
			Number: ring.Server(le.Uint16(b)), State: State(b[2]), Owed: le.Uint64(b[3:]),
			Dirty: le.Uint32(b[11:]), Keys: le.Uint64(b[15:]), Since: int64(le.Uint64(b[39:])), Slow: b[47] == 1,
		}
		copy(s.Store[:], b[23:])
		list = append(list, s)
	}
	return list, nil
}

// AppendConvergence encodes c.
func AppendConvergence(dst []byte, c *Convergence) []byte {
	dst = append(dst, boolByte(c.Converged))
	dst = le.AppendUint64(dst, c.Owed)
	dst = le.AppendUint32(dst, c.Dirty)
	dst = le.AppendUint64(dst, c.Buffered)
	dst = le.AppendUint64(dst, c.Shrunk)
	dst = le.AppendUint64(dst, c.Table)
	return le.AppendUint64(dst, uint64(c.ProvedAt))
}

// DecodeConvergence reads what AppendConvergence wrote.
func DecodeConvergence(b []byte) (Convergence, error) {
	if len(b) != 1+8+4+8+8+8+8 {
		return Convergence{}, errShort
	}
	return Convergence{
		Converged: b[0] == 1, Owed: le.Uint64(b[1:]), Dirty: le.Uint32(b[9:]),
		Buffered: le.Uint64(b[13:]), Shrunk: le.Uint64(b[21:]), Table: le.Uint64(b[29:]),
		ProvedAt: int64(le.Uint64(b[37:])),
	}, nil
}

// AppendWhy encodes w.
func AppendWhy(dst []byte, w *Why) []byte {
	dst = le.AppendUint16(dst, uint16(w.Home))
	dst = append(dst, boolByte(w.Buffered))
	for i := range w.Copies {
		c := &w.Copies[i]
		dst = le.AppendUint16(dst, uint16(c.Server))
		dst = append(dst, byte(c.State), boolByte(c.Known), boolByte(c.Owed))
		dst = c.Head.Append(dst)
	}
	return dst
}

// DecodeWhy reads what AppendWhy wrote.
func DecodeWhy(b []byte) (Why, error) {
	const size = 2 + 3 + kv.HeadSize
	if len(b) < 3 || (len(b)-3)%size != 0 {
		return Why{}, errShort
	}
	w := Why{Home: ring.Server(le.Uint16(b)), Buffered: b[2] == 1}
	for b = b[3:]; len(b) > 0; b = b[size:] {
		w.Copies = append(w.Copies, CopyStatus{
			Server: ring.Server(le.Uint16(b)), State: State(b[2]), Known: b[3] == 1, Owed: b[4] == 1,
			Head: kv.DecodeHead(b[5:]),
		})
	}
	return w, nil
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
