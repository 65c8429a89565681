package link

// share is memory that goes out as it is, between the bytes of a buffer.
type share struct {
	at   int // bytes of the buffer before it
	b    []byte
	done func()
}

// letGo drops shares that will not be written.
func letGo(shares []share) []share {
	for i := range shares {
		if done := shares[i].done; done != nil {
			done()
		}
	}
	return nil
}

// write writes buf[from:] and the shares that belong between its bytes.
func (o *Outbox) write(buf []byte, from int) error {
	for len(o.shares) > 0 {
		s := o.shares[0]
		if err := o.writeBytes(buf[from:s.at]); err != nil {
			return err
		}
		if err := o.writeBytes(s.b); err != nil {
			return err
		}
		o.shares[0].b = nil
		o.shares = o.shares[1:]
		if s.done != nil {
			s.done()
		}
		from = s.at
	}
	o.shares = nil
	return o.writeBytes(buf[from:])
}

func (o *Outbox) writeBytes(b []byte) error {
	for len(b) > 0 {
		n, err := o.conn.Write(b[:min(len(b), drainChunk)])
		o.took(n)
		if err != nil {
			return err
		}
		b = b[n:]
	}
	return nil
}
