package resp

import (
	"fmt"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

func (s *Session) doServers(c *command, _ [][]byte) { s.one(c, joinServers, coord.OpServers, nil) }

func (s *Session) doWhy(c *command, argv [][]byte) { s.one(c, joinWhy, coord.OpWhy, argv[2]) }

func (s *Session) doConverged(c *command, _ [][]byte) {
	s.one(c, joinConverged, coord.OpConverged, nil)
}

func (s *Session) doVisible(c *command, _ [][]byte) { s.start(c, &listing{kind: listVisible}) }

// renderStatus answers DS SERVERS, WHY and CONVERGED from their encoded form.
func renderStatus(b []byte, sl *slot, body []byte) []byte {
	var err error
	from := len(b)
	switch sl.join {
	case joinServers:
		var list []coord.ServerStatus
		if list, err = coord.DecodeServers(body); err == nil {
			return appendServers(b, list, sl.resp3)
		}
	case joinWhy:
		var w coord.Why
		if w, err = coord.DecodeWhy(body); err == nil {
			return appendWhy(b, &w, sl.resp3)
		}
	default:
		var c coord.Convergence
		if c, err = coord.DecodeConvergence(body); err == nil {
			return appendConvergence(b, &c, sl.resp3)
		}
	}
	return appendError(b[:from], "ERR "+err.Error())
}

func appendServers(b []byte, list []coord.ServerStatus, r3 bool) []byte {
	b = appendArray(b, len(list))
	for i := range list {
		st := &list[i]
		b = appendMap(b, 7, r3)
		b = appendInt(appendBulkString(b, "number"), int64(st.Number))
		b = appendBulkString(appendBulkString(b, "state"), st.State.String())
		b = appendInt(appendBulkString(b, "owed"), int64(st.Owed))
		b = appendKnown(appendBulkString(b, "keys"), int64(st.Keys), st.State != coord.Away, r3)
		b = appendBulkString(b, "store-id")
		if st.Store.IsZero() {
			b = appendNull(b, r3)
		} else {
			b = appendBulkString(b, st.Store.String())
		}
		b = appendKnown(appendBulkString(b, "since"), st.Since, st.Since != 0, r3)
		b = appendBool(appendBulkString(b, "slow"), st.Slow)
	}
	return b
}

func appendWhy(b []byte, w *coord.Why, r3 bool) []byte {
	b = appendMap(b, 3, r3)
	b = appendInt(appendBulkString(b, "home"), int64(w.Home))
	b = appendArray(appendBulkString(b, "copies"), len(w.Copies))
	for i := range w.Copies {
		b = appendCopy(b, &w.Copies[i], r3)
	}
	return appendBool(appendBulkString(b, "buffered"), w.Buffered)
}

func appendCopy(b []byte, c *coord.CopyStatus, r3 bool) []byte {
	b = appendMap(b, 6, r3)
	b = appendInt(appendBulkString(b, "server"), int64(c.Server))
	b = appendBulkString(appendBulkString(b, "state"), c.State.String())
	version, kind, checksum := "", "", ""
	if c.Known {
		kind = c.Head.Kind.String()
	}
	if c.Known && c.Head.Kind != kv.None {
		version, checksum = c.Head.Version.String(), fmt.Sprintf("%016x", c.Head.Checksum)
	}
	b = appendKnownText(appendBulkString(b, "version"), version, r3)
	b = appendKnownText(appendBulkString(b, "kind"), kind, r3)
	b = appendKnownText(appendBulkString(b, "checksum"), checksum, r3)
	return appendBool(appendBulkString(b, "owed"), c.Owed)
}

func appendConvergence(b []byte, c *coord.Convergence, r3 bool) []byte {
	b = appendMap(b, 5, r3)
	b = appendBool(appendBulkString(b, "converged"), c.Converged)
	b = appendInt(appendBulkString(b, "owed"), int64(c.Owed))
	b = appendInt(appendBulkString(b, "dirty"), int64(c.Dirty))
	b = appendInt(appendBulkString(b, "buffered"), int64(c.Buffered))
	return appendKnown(appendBulkString(b, "proved-at"), c.ProvedAt, c.ProvedAt != 0, r3)
}

// appendKnown writes a number, or nil where it is not known.
func appendKnown(b []byte, n int64, known, r3 bool) []byte {
	if !known {
		return appendNull(b, r3)
	}
	return appendInt(b, n)
}

// appendKnownText writes a text, or nil where there is none.
func appendKnownText(b []byte, text string, r3 bool) []byte {
	if text == "" {
		return appendNull(b, r3)
	}
	return appendBulkString(b, text)
}
