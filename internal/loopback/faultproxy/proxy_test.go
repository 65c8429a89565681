package faultproxy

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a proxy before a peer that the test speaks for.
type rig struct {
	*Proxy
	near, far net.Conn
}

func newRig(t *testing.T) *rig {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	t.Cleanup(func() { l.Close() })
	p, err := New()
	check(t, err)
	t.Cleanup(p.Close)
	p.Upstream(l.Addr().String())
	near, err := net.Dial("tcp", p.Addr())
	check(t, err)
	t.Cleanup(func() { near.Close() })
	far, err := l.Accept()
	check(t, err)
	t.Cleanup(func() { far.Close() })
	r := &rig{p, near, far}
	r.until(t, func(made, _ int) bool { return made == 1 })
	return r
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (r *rig) send(t *testing.T, text string) {
	t.Helper()
	_, err := r.near.Write([]byte(text))
	check(t, err)
}

func (r *rig) arrives(t *testing.T, want string) {
	t.Helper()
	check(t, r.far.SetReadDeadline(time.Now().Add(10*time.Second)))
	got := make([]byte, len(want))
	if _, err := io.ReadFull(r.far, got); err != nil || string(got) != want {
		t.Fatalf("%q arrived (%v), want %q", got, err, want)
	}
}

func (r *rig) silent(t *testing.T) {
	t.Helper()
	check(t, r.far.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	if n, err := r.far.Read(make([]byte, 1)); n > 0 || err == io.EOF {
		t.Fatalf("%d bytes arrived, error %v", n, err)
	}
}

func TestHoldIsLifted(t *testing.T) {
	r := newRig(t)
	r.send(t, "one")
	r.arrives(t, "one")
	r.Up(Rules{Hold: true})
	r.send(t, "two")
	r.near.Close() // the end is held too
	r.silent(t)
	r.Heal()
	r.arrives(t, "two")
	if _, err := r.far.Read(make([]byte, 1)); err != io.EOF {
		t.Fatalf("the end is %v", err)
	}
}

func TestDropIsOneWay(t *testing.T) {
	r := newRig(t)
	r.Up(Rules{Drop: true})
	r.send(t, "lost")
	r.silent(t)
	_, err := r.far.Write([]byte("back"))
	check(t, err)
	got := make([]byte, 4)
	_, err = io.ReadFull(r.near, got)
	check(t, err)
	r.Heal()
	r.send(t, "found")
	r.arrives(t, "found")
}

func TestPiecesAndLatency(t *testing.T) {
	r := newRig(t)
	r.Up(Rules{Piece: 1, Latency: 30 * time.Millisecond, Rate: 10000})
	began := time.Now()
	r.send(t, "abc")
	r.arrives(t, "abc")
	if d := time.Since(began); d < 30*time.Millisecond {
		t.Errorf("it took %v", d)
	}
}

func TestResetInTheMiddle(t *testing.T) {
	r := newRig(t)
	r.Up(Rules{ResetAfter: 2})
	r.send(t, "abc")
	check(t, r.far.SetReadDeadline(time.Now().Add(10*time.Second)))
	if got, err := io.ReadAll(r.far); err == nil || len(got) > 2 {
		t.Errorf("%q arrived, error %v", got, err)
	}
	r.ended(t)
}

func (r *rig) ended(t *testing.T) {
	t.Helper()
	r.until(t, func(_, ended int) bool { return ended == 1 })
}

func (r *rig) until(t *testing.T, f func(made, ended int) bool) {
	t.Helper()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for end := time.After(10 * time.Second); ; {
		if f(r.Connections()) {
			return
		}
		select {
		case <-tick.C:
		case <-end:
			t.Fatal("the connections are not as wanted")
		}
	}
}

func TestFrozenHidesTheEnd(t *testing.T) {
	r := newRig(t)
	r.Freeze()
	r.send(t, "lost")
	r.near.Close()
	r.silent(t)
	r.Cut()
	r.ended(t)
}

func TestRefuseAndCut(t *testing.T) {
	r := newRig(t)
	r.Refuse(true)
	r.Cut()
	r.ended(t)
	conn, err := net.Dial("tcp", r.Addr())
	if err == nil {
		defer conn.Close()
		if _, err = conn.Read(make([]byte, 1)); err == nil {
			t.Error("a refused connection was served")
		}
	}
}

func TestFramesAreGivenWhole(t *testing.T) {
	r := newRig(t)
	r.Cut()
	r.ended(t)
	var frames [][]byte
	twice := func(frame []byte) []byte {
		frames = append(frames, frame)
		return append(frame, frame...)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(t, err)
	defer l.Close()
	r.Upstream(l.Addr().String())
	r.Up(Rules{Frames: twice})
	near, err := net.Dial("tcp", r.Addr())
	check(t, err)
	defer near.Close()
	far, err := l.Accept()
	check(t, err)
	defer far.Close()
	frame := append(binary.LittleEndian.AppendUint32(nil, 3), "abc"...)
	for _, b := range frame {
		_, err := near.Write([]byte{b})
		check(t, err)
	}
	got := make([]byte, 2*len(frame))
	_, err = io.ReadFull(far, got)
	check(t, err)
	if want := append(frame, frame...); !bytes.Equal(got, want) || len(frames) != 1 {
		t.Errorf("%q arrived, of %q", got, frames)
	}
}
