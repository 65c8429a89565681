package fakerouter

import (
	"bufio"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// Router keeps strings in memory and answers the few commands a client needs, unless it was told otherwise.
type Router struct {
	password string

	mu struct {
		sync.Mutex
		data    map[int]map[string]string
		scripts map[string]any
		log     []string
		conns   map[net.Conn]bool
		closed  bool
	}
	listener net.Listener
	running  sync.WaitGroup
}

// Start listens on addr (127.0.0.1:0 for a port from the kernel) until the test ends or Stop.
func Start(t testing.TB, addr string) *Router {
	t.Helper()
	return StartProtected(t, addr, "")
}

// StartProtected is Start with a password.
func StartProtected(t testing.TB, addr, password string) *Router {
	t.Helper()
	l, err := net.Listen("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	r := &Router{listener: l, password: password}
	r.mu.data, r.mu.scripts, r.mu.conns = map[int]map[string]string{}, map[string]any{}, map[net.Conn]bool{}
	r.running.Add(1)
	go r.accept()
	t.Cleanup(r.Stop)
	return r
}

// Addr is where it listens.
func (r *Router) Addr() string { return r.listener.Addr().String() }

// Answer fixes the reply to a command line, for example "GET k" or "DS SERVERS". A func() any is called for
// each reply, in the connection's own goroutine: it may block. Hangup closes the connection instead.
func (r *Router) Answer(line string, reply any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.scripts[line] = reply
}

// Log is every command line but handshakes and pings, in the order of arrival.
func (r *Router) Log() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]string(nil), r.mu.log...)
}

// Cut closes the connections and goes on listening.
func (r *Router) Cut() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for c := range r.mu.conns {
		_ = c.Close()
	}
}

// Stop closes everything and waits for its goroutines.
func (r *Router) Stop() {
	r.mu.Lock()
	r.mu.closed = true
	r.mu.Unlock()
	_ = r.listener.Close()
	r.Cut()
	r.running.Wait()
}

func (r *Router) accept() {
	defer r.running.Done()
	for {
		conn, err := r.listener.Accept()
		if err != nil {
			return
		}
		r.mu.Lock()
		if r.mu.closed {
			_ = conn.Close()
		} else {
			r.mu.conns[conn] = true
			r.running.Add(1)
			go r.serve(conn)
		}
		r.mu.Unlock()
	}
}

func (r *Router) serve(conn net.Conn) {
	defer r.running.Done()
	defer func() {
		_ = conn.Close()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.mu.conns, conn)
	}()
	s := session{router: r, trusted: r.password == ""}
	in, out := bufio.NewReader(conn), bufio.NewWriter(conn)
	for {
		args, err := readCommand(in)
		if err != nil {
			return
		}
		reply := s.execute(args)
		if f, ok := reply.(func() any); ok {
			reply = f()
		}
		if reply == Hangup {
			return
		}
		write(out, reply)
		if in.Buffered() == 0 && out.Flush() != nil {
			return
		}
	}
}

func readCommand(in *bufio.Reader) ([]string, error) {
	n, err := readLength(in, '*')
	if err != nil {
		return nil, err
	}
	args := make([]string, n)
	for i := range args {
		size, err := readLength(in, '$')
		if err != nil {
			return nil, err
		}
		buf := make([]byte, size+2)
		for read := 0; read < len(buf); {
			m, err := in.Read(buf[read:])
			if err != nil {
				return nil, err
			}
			read += m
		}
		args[i] = string(buf[:size])
	}
	return args, nil
}

func readLength(in *bufio.Reader, mark byte) (int, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return 0, err
	}
	if line[0] != mark {
		return 0, strconv.ErrSyntax
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}
