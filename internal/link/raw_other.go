//go:build !unix

package link

import (
	"net"
	"syscall"
)

// rawConn has no inline write here: the writer goroutine does all writing.
func rawConn(net.Conn) syscall.RawConn { return nil }

func (o *Outbox) writeRaw(uintptr) bool { return true }
