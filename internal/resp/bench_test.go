package resp

import (
	"bytes"
	"testing"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// go test -bench Session -benchmem ./internal/resp

// pipeline is a session whose requests are answered with constant replies, so that only the session costs.
type pipeline struct {
	s     *Session
	batch []coord.Input
	value []byte
	reply coord.Reply
}

func newPipeline() *pipeline {
	l := DefaultLimits()
	return &pipeline{s: New(1, &l, &testHost{}), value: bytes.Repeat([]byte{'v'}, 64)}
}

func (p *pipeline) turn(data []byte) int {
	p.batch = p.s.Feed(data, p.batch[:0])
	n := len(p.batch)
	p.answer()
	for p.s.Runnable() {
		p.batch = p.s.Resume(p.batch[:0])
		n += len(p.batch)
		p.answer()
	}
	return n
}

func (p *pipeline) answer() {
	for i := range p.batch {
		in := &p.batch[i]
		r := &p.reply
		*r = coord.Reply{Conn: in.Conn, Tag: in.Tag}
		var body []byte
		switch in.Op {
		case coord.OpGet:
			r.Code, body = coord.ReplyValue, p.value
		case coord.OpHead:
			r.Code, r.Head = coord.ReplyHead, kv.Head{Kind: kv.Live}
		case coord.OpIncrBy:
			r.Code, r.N = coord.ReplyInt, 7
		}
		p.s.Complete(r, body)
	}
	p.s.Sent()
}

// pieces are pipelined commands, cut in the middle of one.
func pieces(n int, words ...string) [][]byte {
	all := bytes.Repeat(command3(words...), n)
	cut := len(all)/2 + 3
	return [][]byte{all[:cut], all[cut:]}
}

var steady = map[string][]string{
	"Get":  {"GET", "key:000000012345"},
	"Set":  {"SET", "key:000000012345", "a value of about sixty-four bytes, which is what people like to"},
	"Incr": {"INCR", "key:000000012345"},
	"TTL":  {"TTL", "key:000000012345"},
}

func BenchmarkSession(b *testing.B) {
	for name, words := range steady {
		b.Run(name+"/Pipelined100", func(b *testing.B) {
			p, data := newPipeline(), pieces(100, words...)
			b.ReportAllocs()
			for i := 0; i < b.N; i += 100 {
				p.turn(data[0])
				p.turn(data[1])
			}
		})
	}
}

// A GET or SET allocates nothing once the session has warmed up, also when commands arrive cut in two.
func TestSteadyStateAllocatesNothing(t *testing.T) {
	for name, words := range steady {
		p, data := newPipeline(), pieces(100, words...)
		turn := func() {
			if n := p.turn(data[0]) + p.turn(data[1]); n != 100 {
				t.Fatalf("%d requests of 100 commands", n)
			}
		}
		turn()
		if n := testing.AllocsPerRun(200, turn); n != 0 {
			t.Errorf("%s: %v allocations in 100 commands", name, n)
		}
	}
}

// So it is when answers come out of order.
func TestOutOfOrderAllocatesNothing(t *testing.T) {
	p, data := newPipeline(), bytes.Repeat(command3(steady["Set"]...), 16)
	turn := func() {
		p.batch = p.s.Feed(data, p.batch[:0])
		for i := len(p.batch) - 1; i >= 0; i-- {
			p.reply = coord.Reply{Tag: p.batch[i].Tag}
			p.s.Complete(&p.reply, nil)
		}
		if len(p.s.Out()) != 16*len("+OK\r\n") {
			t.Fatalf("answers %q", p.s.Out())
		}
		p.s.Sent()
	}
	turn()
	if n := testing.AllocsPerRun(200, turn); n != 0 {
		t.Errorf("%v allocations in 16 commands", n)
	}
}
