package difftest

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience is how long a reply may take.
const patience = 20 * time.Second

// peer is a connection that shows replies as they are on the wire.
type peer struct {
	conn net.Conn
	in   *bufio.Reader
}

// dial connects to host:port or to the path of a socket.
func dial(t testing.TB, addr string) *peer {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(addr, "/") {
		network = "unix"
	}
	conn, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return &peer{conn, bufio.NewReader(conn)}
}

// reply is one value: kind is RESP's first byte, text what stands on its line or in its bulk.
type reply struct {
	kind byte
	text string
	list []reply
}

// encode writes a command as clients do.
func encode(b []byte, words []string) []byte {
	b = append(b, fmt.Sprintf("*%d\r\n", len(words))...)
	for _, w := range words {
		b = append(b, fmt.Sprintf("$%d\r\n%s\r\n", len(w), w)...)
	}
	return b
}

func (p *peer) send(b []byte) error {
	_ = p.conn.SetDeadline(time.Now().Add(patience))
	_, err := p.conn.Write(b)
	return err
}

func (p *peer) call(words ...string) (reply, error) {
	if err := p.send(encode(nil, words)); err != nil {
		return reply{}, err
	}
	return p.read()
}

func (p *peer) read() (reply, error) {
	line, err := p.in.ReadString('\n')
	if err != nil {
		return reply{}, err
	}
	if len(line) < 3 || !strings.HasSuffix(line, "\r\n") {
		return reply{}, fmt.Errorf("line %q", line)
	}
	r := reply{kind: line[0], text: line[1 : len(line)-2]}
	n, _ := strconv.Atoi(r.text)
	switch r.kind {
	case '$', '=':
		if n < 0 {
			return r, nil
		}
		b := make([]byte, n+2)
		_, err = io.ReadFull(p.in, b)
		r.text = string(b[:n])
	case '%':
		n *= 2
		fallthrough
	case '*', '~':
		for range n {
			var item reply
			if item, err = p.read(); err != nil {
				return r, err
			}
			r.list = append(r.list, item)
		}
	}
	return r, err
}

// String shows the reply on one line.
func (r reply) String() string {
	if r.list == nil {
		return string(r.kind) + r.text
	}
	var items []string
	for _, i := range r.list {
		items = append(items, i.String())
	}
	return string(r.kind) + r.text + "(" + strings.Join(items, " ") + ")"
}
