package link

import (
	"encoding/binary"
	"io"
	"net"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// tcpPair is the two ends of a loopback connection.
func tcpPair(t testing.TB) (near, far net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	near, err = net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err = l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

func pipePair(t testing.TB) (near, far net.Conn) {
	near, far = net.Pipe()
	t.Cleanup(func() { near.Close(); far.Close() })
	return near, far
}

func eachConn(t *testing.T, test func(t *testing.T, near, far net.Conn)) {
	t.Run("tcp", func(t *testing.T) { near, far := tcpPair(t); test(t, near, far) })
	t.Run("pipe", func(t *testing.T) { near, far := pipePair(t); test(t, near, far) })
}

// Each goroutine's records must arrive whole and in its order, whoever writes them.
func TestOutboxKeepsOrder(t *testing.T) {
	eachConn(t, func(t *testing.T, near, far net.Conn) {
		const writers, records, size = 8, 2000, 40
		o := NewOutbox(near, func(err error) { t.Error(err) })
		var all sync.WaitGroup
		for w := range writers {
			all.Add(1)
			go func() {
				defer all.Done()
				rec := make([]byte, size)
				for i := range records {
					binary.LittleEndian.PutUint32(rec, uint32(w))
					binary.LittleEndian.PutUint32(rec[4:], uint32(i))
					o.Append(rec)
					o.Flush()
				}
			}()
		}
		var next [writers]uint32
		rec := make([]byte, size)
		for range writers * records {
			if _, err := io.ReadFull(far, rec); err != nil {
				t.Fatal(err)
			}
			w, i := binary.LittleEndian.Uint32(rec), binary.LittleEndian.Uint32(rec[4:])
			if w >= writers || i != next[w] {
				t.Fatalf("record %d of writer %d came where %d was due", i, w, next[min(w, writers-1)])
			}
			next[w]++
		}
		all.Wait()
		waitIdle(o)
		if n := o.Pending(); n != 0 {
			t.Errorf("%d bytes pending after everything was read", n)
		}
		o.Close()
	})
}

// A peer that never reads must block nobody, and what it does not take must be counted.
func TestOutboxNeverBlocks(t *testing.T) {
	eachConn(t, func(t *testing.T, near, far net.Conn) {
		o := NewOutbox(near, func(err error) { t.Errorf("Close is no error: %v", err) })
		chunk := make([]byte, 1<<20)
		const chunks = 32 // more than the kernel's buffers
		for range chunks {
			o.Append(chunk)
			o.Flush()
		}
		if n := o.Pending(); n <= 0 || n > chunks<<20 {
			t.Errorf("pending is %d", n)
		}
		o.Close()
		<-o.Done()
		o.Append(chunk)
		o.Flush()
		if n := o.Pending(); n != 0 {
			t.Errorf("%d bytes pending after Close", n)
		}
	})
}

func TestOutboxWaitBelow(t *testing.T) {
	eachConn(t, func(t *testing.T, near, far net.Conn) {
		o := NewOutbox(near, nil)
		const size, limit = 32 << 20, 1 << 20
		o.Append(make([]byte, size))
		o.Flush()
		waited := make(chan int)
		go func() {
			o.WaitBelow(limit, 1<<30)
			waited <- o.Pending()
		}()
		if _, err := io.CopyN(io.Discard, far, size); err != nil {
			t.Fatal(err)
		}
		if n := <-waited; n >= limit {
			t.Errorf("%d bytes pending", n)
		}
		o.Append(make([]byte, size))
		o.Flush()
		go func() {
			o.WaitBelow(limit, 1<<30)
			waited <- o.Pending()
		}()
		o.Close()
		<-waited
	})
}

func TestOutboxReportsErrorOnce(t *testing.T) {
	eachConn(t, func(t *testing.T, near, far net.Conn) {
		errs := make(chan error, 10)
		o := NewOutbox(near, func(err error) { errs <- err })
		far.Close()
		for ended := false; !ended; { // the first writes may still fit the kernel's buffer
			o.Append([]byte("into the void"))
			o.Flush()
			select {
			case <-o.Done():
				ended = true
			default:
			}
		}
		if err := <-errs; err == nil {
			t.Error("the error is nil")
		}
		o.Append([]byte("x"))
		o.Flush()
		o.Close()
		if len(errs) != 0 {
			t.Errorf("reported again: %v", <-errs)
		}
	})
}

func TestOutboxFinishWritesEverythingFirst(t *testing.T) {
	eachConn(t, func(t *testing.T, near, far net.Conn) {
		o := NewOutbox(near, func(err error) { t.Error(err) })
		const size = 8 << 20
		o.Append(make([]byte, size))
		o.Finish(time.Minute)
		n, err := io.Copy(io.Discard, far)
		if n != size || err != nil {
			t.Errorf("read %d of %d bytes: %v", n, size, err)
		}
		<-o.Done()
	})
}

func TestOutboxFinishGivesUp(t *testing.T) {
	eachConn(t, func(t *testing.T, near, far net.Conn) {
		errs := make(chan error, 1)
		o := NewOutbox(near, func(err error) { errs <- err })
		o.Append(make([]byte, 32<<20))
		o.Finish(time.Millisecond)
		<-o.Done()
		if err, ok := (<-errs).(net.Error); !ok || !err.Timeout() {
			t.Errorf("ended with %v, not with a time-out", err)
		}
	})
}

func TestOutboxDropsLargeBuffers(t *testing.T) {
	near, far := tcpPair(t)
	o := NewOutbox(near, nil)
	const keep, large = 1 << 10, 1 << 20
	o.SetKeep(keep)
	for range 3 {
		o.Append(make([]byte, large))
		o.Flush()
		o.Append(make([]byte, large))
		o.Flush()
	}
	if _, err := io.CopyN(io.Discard, far, 6*large); err != nil {
		t.Fatal(err)
	}
	waitIdle(o)
	o.mu.Lock()
	fill, spare := cap(o.mu.fill), cap(o.mu.spare)
	o.mu.Unlock()
	if fill > keep || spare > keep {
		t.Errorf("keeps %d and %d bytes", fill, spare)
	}
	o.Close()
}

// waitIdle waits until nobody writes.
func waitIdle(o *Outbox) {
	for busy := true; busy; runtime.Gosched() {
		o.mu.Lock()
		busy = o.mu.sending
		o.mu.Unlock()
	}
}

func TestOutboxAllocatesNothing(t *testing.T) {
	near, far := tcpPair(t)
	o := NewOutbox(near, nil)
	msg, got := make([]byte, 100), make([]byte, 100)
	allocs := testing.AllocsPerRun(1000, func() {
		o.Append(msg)
		o.Flush()
		if _, err := io.ReadFull(far, got); err != nil {
			t.Fatal(err)
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations a flush", allocs)
	}
	o.Close()
}

// go test -bench Outbox ./internal/link
func BenchmarkOutbox(b *testing.B) {
	near, far := tcpPair(b)
	o := NewOutbox(near, nil)
	msg, got := make([]byte, 100), make([]byte, 100)
	b.ReportAllocs()
	for b.Loop() {
		o.Append(msg)
		o.Flush()
		if _, err := io.ReadFull(far, got); err != nil {
			b.Fatal(err)
		}
	}
	o.Close()
}

// Who waits for room hears of it when the writer has written what the peer was slow to take.
func TestOutboxTellsWhenDrained(t *testing.T) {
	near, far := tcpPair(t)
	drained := make(chan struct{}, 1)
	o := NewOutbox(near, func(err error) { t.Error(err) })
	o.OnDrained(func() { drained <- struct{}{} })
	const total = 32 << 20
	o.Append(make([]byte, total))
	o.Flush()
	select {
	case <-drained:
		t.Fatal("drained before the peer read")
	default:
	}
	if _, err := io.CopyN(io.Discard, far, total); err != nil {
		t.Fatal(err)
	}
	<-drained
	if n := o.Pending(); n != 0 {
		t.Fatalf("%d bytes are pending", n)
	}
	o.Close()
}
