package server

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/distributedstorage/ds/internal/link"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/wire"
)

// bubble is a session over a pipe whose far end is the test; everything runs in a synctest bubble.
func bubble(t *testing.T, store replica.Store) (*Server, *peer, func()) {
	near, far := net.Pipe()
	s := New(Config{Number: 1})
	s.store, s.replica = store, replica.New(replica.Config{Number: 1}, store)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		_, _ = s.serve(ctx, near)
		close(ended)
	}()
	p := &peer{t: t, conn: far, in: link.NewReader(far)}
	p.in.Admit()
	p.next()
	p.send(wire.Frame{Type: wire.Welcome, Session: welcome()})
	p.next()
	return s, p, func() { far.Close(); <-ended; cancel() }
}

// A router that asks and does not read gets no more work done than the limit allows.
func TestRouterThatDoesNotReadIsNotReadFrom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, p, end := bubble(t, model.New())
		defer end()
		const size, reads = 8 << 20, 3 * maxLargeBytes / 2 >> 23
		p.send(set(1, held[0], strings.Repeat("x", size)))
		p.answer(wire.ApplyReply, 1)
		asked := make([]wire.Frame, reads)
		for i := range asked {
			asked[i] = get(uint64(i)+2, held[0])
		}
		before := s.metrics.handled.Load()
		go p.send(asked...)
		synctest.Wait()
		if made := s.metrics.handled.Load() - before; made < 1 || made > maxLargeBytes/size+1 {
			t.Errorf("%d answers of 8 MiB were made", made)
		}
		for i := range asked {
			p.answer(wire.ReadReply, uint64(i)+2)
		}
	})
}

// The same while answers wait for a disk that hangs.
func TestAnswersThatWaitForTheDiskAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDisk()
		s, p, end := bubble(t, d)
		defer end()
		d.hold()
		const batch, batches = 1000, maxAnswers/1000 + 5
		before := s.metrics.handled.Load()
		go func() {
			for i := range batches {
				frames := make([]wire.Frame, batch)
				for j := range frames {
					frames[j] = set(uint64(i*batch+j+1), held[0], "x")
				}
				p.send(frames...)
			}
		}()
		synctest.Wait()
		if made := s.metrics.handled.Load() - before; made < maxAnswers || made > maxAnswers+2*batch {
			t.Errorf("%d answers wait, the limit is %d", made, maxAnswers)
		}
		d.open()
		for i := range batches * batch {
			p.answer(wire.ApplyReply, uint64(i)+1)
		}
	})
}
