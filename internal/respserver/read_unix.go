//go:build unix

package respserver

import (
	"io"
	"net"
	"syscall"
)

// rawReader reads a socket with a buffer that it takes only once there is something to read, so that
// an idle connection holds none.
type rawReader struct {
	raw     syscall.RawConn
	attempt func(fd uintptr) bool
	turn    *turn
	n       int
	errno   error
}

// newRawReader gives nil for a connection that is no socket of the kernel's.
func newRawReader(conn net.Conn) *rawReader {
	var (
		r   rawReader
		err error
	)
	switch c := conn.(type) {
	case *net.TCPConn:
		r.raw, err = c.SyscallConn()
	case *net.UnixConn:
		r.raw, err = c.SyscallConn()
	default:
		return nil
	}
	if err != nil {
		return nil
	}
	r.attempt = r.try
	return &r
}

// read waits for bytes. The turn that holds them is the caller's, also with an error.
func (r *rawReader) read() (*turn, int, error) {
	r.n, r.errno = 0, nil // a connection that is closed already makes no attempt
	err := r.raw.Read(r.attempt)
	t := r.turn
	r.turn = nil
	if err == nil {
		err = r.errno
	}
	if err == nil && r.n == 0 {
		err = io.EOF
	}
	return t, r.n, err
}

func (r *rawReader) try(fd uintptr) bool {
	r.turn = getTurn()
	for {
		n, err := syscall.Read(int(fd), r.turn.buf[:])
		if err == syscall.EINTR {
			continue
		}
		if err == syscall.EAGAIN {
			putTurn(r.turn)
			r.turn = nil
			return false
		}
		r.n, r.errno = max(n, 0), err
		return true
	}
}
