package resp

import (
	"slices"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
)

// clientFilter picks connections; empty fields pick all.
type clientFilter struct {
	ids             []coord.ConnID
	addr, localAddr string
	kind            string // "normal" is all there is
	keepSelf        bool
	self            coord.ConnID
}

func (f *clientFilter) matches(c *Client) bool {
	switch {
	case f.keepSelf && c.ID == f.self,
		f.kind != "" && f.kind != "normal",
		f.addr != "" && f.addr != c.Addr,
		f.localAddr != "" && f.localAddr != c.LocalAddr:
		return false
	}
	return len(f.ids) == 0 || slices.Contains(f.ids, c.ID)
}

func knownType(t string) bool {
	switch t {
	case "normal", "master", "replica", "slave", "pubsub":
		return true
	}
	return false
}

func (s *Session) doClientKill(_ *command, argv [][]byte) {
	if len(argv) == 3 {
		if s.kill(&clientFilter{addr: string(argv[2])}) == 0 {
			s.fail("ERR No such client")
			return
		}
		s.ok()
		return
	}
	f := clientFilter{keepSelf: true, self: s.id}
	if text := f.parse(argv[2:]); text != "" {
		s.fail(text)
		return
	}
	s.answer(appendInt(s.begin(), int64(s.kill(&f))))
}

// parse reads the pairs of CLIENT KILL.
func (f *clientFilter) parse(args [][]byte) string {
	if len(args)%2 != 0 {
		return errSyntax
	}
	for ; len(args) > 0; args = args[2:] {
		value := string(args[1])
		switch name := args[0]; {
		case equalFold(name, "id"):
			id, ok := parseInt(args[1])
			if !ok || id < 1 {
				return "ERR client-id should be greater than 0"
			}
			f.ids = []coord.ConnID{coord.ConnID(id)}
		case equalFold(name, "type"):
			if f.kind = strings.ToLower(value); !knownType(f.kind) {
				return "ERR Unknown client type '" + clip(args[1], textBytes) + "'"
			}
		case equalFold(name, "addr"):
			f.addr = value
		case equalFold(name, "laddr"):
			f.localAddr = value
		case equalFold(name, "user"):
			if value != "default" {
				return "ERR No such user '" + clip(args[1], textBytes) + "'"
			}
		case equalFold(name, "skipme") && equalFold(args[1], "yes"):
			f.keepSelf = true
		case equalFold(name, "skipme") && equalFold(args[1], "no"):
			f.keepSelf = false
		default:
			return errSyntax
		}
	}
	return ""
}

// kill closes the connections that match and gives their number. The session's own is closed once it
// has been answered.
func (s *Session) kill(f *clientFilter) int {
	n := 0
	for _, c := range s.clients() {
		switch {
		case !f.matches(&c):
		case c.ID == s.id:
			s.quitting = true
			n++
		case s.host.Kill(c.ID):
			n++
		}
	}
	return n
}
