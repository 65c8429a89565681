//go:build unix

package link

import (
	"net"
	"syscall"
)

// rawConn gives the file descriptor of a conn whose bytes go to the kernel as they are.
func rawConn(conn net.Conn) syscall.RawConn {
	var (
		raw syscall.RawConn
		err error
	)
	switch c := conn.(type) {
	case *net.TCPConn:
		raw, err = c.SyscallConn()
	case *net.UnixConn:
		raw, err = c.SyscallConn()
	default:
		return nil
	}
	if err != nil {
		return nil // closed already: the writer goroutine meets the error
	}
	return raw
}

// writeRaw makes one attempt. It always returns true: with false the runtime would park
// the caller until the socket takes more.
func (o *Outbox) writeRaw(fd uintptr) bool {
	for {
		n, err := syscall.Write(int(fd), o.out)
		switch err {
		case nil:
			o.wrote = n
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
		default:
			o.errno = err
		}
		return true
	}
}
