package router

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/distributedstorage/ds/internal/coord"
)

func dial(t *testing.T, r *Router) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", r.ServersAddr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func write(t *testing.T, conn net.Conn, b []byte) {
	t.Helper()
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
}

func TestLinkIsHelloFramesDown(t *testing.T) {
	c := newFakeCore()
	r := startFake(t, testConfig(vfs.NewMem()), c)
	conn := dial(t, r)
	hello, second, third := frame(1, "hello"), frame(2, "second"), frame(3, "third")
	write(t, conn, append(append(append([]byte(nil), hello...), second...), third...))
	in := c.next(t, coord.InHello)
	if !bytes.Equal(in.Bytes, hello) {
		t.Error("the hello's bytes are others")
	}
	for _, want := range [][]byte{second, third} {
		if f := c.next(t, coord.InFrame); !bytes.Equal(f.Bytes, want) || f.Link != in.Link {
			t.Errorf("frame %q of link %d", f.Bytes, f.Link)
		}
	}
	conn.Close()
	if down := c.next(t, coord.InLinkDown); down.Link != in.Link {
		t.Errorf("link %d went down, want %d", down.Link, in.Link)
	}
	other := dial(t, r)
	write(t, other, hello)
	if again := c.next(t, coord.InHello); again.Link == in.Link {
		t.Error("a link's id was used twice")
	}
	r.TurnOff()
	if n := c.count(coord.InLinkDown); n != 0 {
		t.Errorf("the core was stepped %d times after its last word", n)
	}
}

func TestSilentLinkIsNoNews(t *testing.T) {
	c := newFakeCore()
	cfg := testConfig(vfs.NewMem())
	ended := make(chan struct{}, 10)
	cfg.Log = zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zapcore.EncoderConfig{}), zapcore.AddSync(io.Discard), zap.InfoLevel),
		zap.Hooks(func(e zapcore.Entry) error {
			if e.Message == "link ended" {
				ended <- struct{}{}
			}
			return nil
		}))
	r := startFake(t, cfg, c)
	dial(t, r).Close()
	write(t, dial(t, r), bytes.Repeat([]byte{0xff}, 100))
	<-ended
	<-ended
	if n := c.count(coord.InLinkDown); n != 0 {
		t.Errorf("the core heard of the end of %d links that never said hello", n)
	}
}

// What one step decides reaches the socket in its order, handshakes first; a close comes after.
func TestEffectsReachTheLink(t *testing.T) {
	c := newFakeCore()
	c.react = func(in *coord.Input, e *coord.Effects) {
		switch in.Kind {
		case coord.InHello:
			e.Bytes = append(e.Bytes, "welcome,"...)
			e.Handshakes = append(e.Handshakes, coord.Handshake{Link: in.Link, Bytes: coord.Range{From: 0, To: uint32(len(e.Bytes))}})
			e.Lanes[2] = coord.Lane{Link: in.Link, Buf: append(e.Lanes[2].Buf, "first,"...)}
		case coord.InFrame:
			e.Lanes[2].Link = in.Link
			e.Lanes[2].Buf = append(e.Lanes[2].Buf, "lane,"...)
			e.Lanes[1] = coord.Lane{Link: 999, Buf: []byte("nobody's")}
			if in.Bytes[8] == 3 { // the frame's sequence
				from := uint32(len(e.Bytes))
				e.Bytes = append(e.Bytes, "refused"...)
				e.Handshakes = append(e.Handshakes, coord.Handshake{Link: in.Link, Close: true, Bytes: coord.Range{From: from, To: from + 7}})
			}
		}
	}
	r := startFake(t, testConfig(vfs.NewMem()), c)
	conn := dial(t, r)
	write(t, conn, frame(1, "hello"))
	expect(t, conn, "welcome,first,")
	write(t, conn, frame(2, ""))
	expect(t, conn, "lane,")
	write(t, conn, frame(3, ""))
	rest, err := io.ReadAll(conn)
	if err != nil || !bytes.HasPrefix(rest, []byte("refused")) {
		t.Errorf("rest %q, error %v", rest, err)
	}
	c.next(t, coord.InLinkDown)
}

func expect(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
		t.Fatalf("read %q, error %v, want %q", got, err, want)
	}
}

func TestCoreClosesLink(t *testing.T) {
	c := newFakeCore()
	c.react = func(in *coord.Input, e *coord.Effects) {
		if in.Kind == coord.InFrame {
			e.Closes = append(e.Closes, coord.Close{Link: in.Link, Reason: "test"})
		}
	}
	r := startFake(t, testConfig(vfs.NewMem()), c)
	conn := dial(t, r)
	write(t, conn, append(frame(1, ""), frame(2, "")...))
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		t.Error("the link is open")
	}
	c.next(t, coord.InLinkDown)
	if n := c.count(coord.InLinkDown); n != 0 {
		t.Error("the end was reported more than once")
	}
}

func TestLinksAreBounded(t *testing.T) {
	c := newFakeCore()
	r := startFake(t, testConfig(vfs.NewMem()), c)
	for range maxLinks {
		dial(t, r)
	}
	over := dial(t, r)
	over.SetReadDeadline(time.Now().Add(helloTimeout / 2)) // before the router would give up on it anyway
	if _, err := over.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("one more than the limit is open: %v", err)
	}
}
