package respserver

// blockingPoller has a goroutine per connection, which waits in the read.
type blockingPoller struct{}

func newBlockingPoller() Poller { return blockingPoller{} }

func (blockingPoller) Add(c *Conn) { go serve(c) }

func (blockingPoller) Wake(c *Conn) {
	select {
	case c.wake <- struct{}{}:
	default: // it has not seen the last one yet
	}
}

func serve(c *Conn) {
	defer c.End()
	for {
		switch c.Advance() {
		case End:
			return
		case Wait:
			<-c.wake
		case Read:
			if c.Read() != nil {
				return
			}
		}
	}
}
