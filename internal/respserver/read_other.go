//go:build !unix

package respserver

import "net"

type rawReader struct{}

func newRawReader(net.Conn) *rawReader { return nil }

func (*rawReader) read() (*turn, int, error) { panic("respserver: no raw reads on this system") }
