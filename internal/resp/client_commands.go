package resp

import (
	"strconv"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
)

func (s *Session) doClientID(*command, [][]byte) { s.answer(appendInt(s.begin(), int64(s.id))) }

func (s *Session) doClientGetName(*command, [][]byte) {
	if s.state.Name == "" {
		s.answer(appendNull(s.begin(), s.state.Resp3))
		return
	}
	s.answer(appendBulkString(s.begin(), s.state.Name))
}

func (s *Session) doClientSetName(_ *command, argv [][]byte) {
	if !printable(argv[2]) {
		s.fail(errName)
		return
	}
	s.state.Name = string(argv[2])
	s.ok()
}

func (s *Session) doClientSetInfo(_ *command, argv [][]byte) {
	name, field := "lib-name", &s.state.LibName
	switch {
	case equalFold(argv[2], "lib-name"):
	case equalFold(argv[2], "lib-ver"):
		name, field = "lib-ver", &s.state.LibVersion
	default:
		s.fail("ERR Unrecognized option '" + clip(argv[2], textBytes) + "'")
		return
	}
	if !printable(argv[3]) {
		s.fail("ERR " + name + " cannot contain spaces, newlines or special characters.")
		return
	}
	*field = string(argv[3])
	s.ok()
}

func (s *Session) doClientNoEvict(_ *command, argv [][]byte) { s.onOff(argv[2], &s.state.NoEvict) }

func (s *Session) doClientNoTouch(_ *command, argv [][]byte) { s.onOff(argv[2], &s.state.NoTouch) }

func (s *Session) onOff(word []byte, v *bool) {
	on := equalFold(word, "on")
	if !on && !equalFold(word, "off") {
		s.fail(errSyntax)
		return
	}
	*v = on
	s.ok()
}

// self is this connection among the host's, as it is now.
func (s *Session) self(c *Client) {
	st := s.State()
	c.Name, c.LibName, c.LibVersion, c.Command = st.Name, st.LibName, st.LibVersion, st.Command
	c.DB, c.Resp3, c.NoEvict, c.NoTouch = st.DB, st.Resp3, st.NoEvict, st.NoTouch
	c.InputBytes, c.OutputBytes, c.IdleSeconds = st.InputBytes, st.OutputBytes, 0
}

func (s *Session) clients() []Client {
	list := s.host.Clients()
	for i := range list {
		if list[i].ID == s.id {
			s.self(&list[i])
		}
	}
	return list
}

func (s *Session) doClientInfo(*command, [][]byte) {
	for _, c := range s.clients() {
		if c.ID == s.id {
			s.answer(appendText(s.begin(), c.appendLine(nil), s.state.Resp3))
			return
		}
	}
	s.answer(appendText(s.begin(), nil, s.state.Resp3))
}

func (s *Session) doClientList(_ *command, argv [][]byte) {
	var f clientFilter
	switch {
	case len(argv) == 4 && equalFold(argv[2], "type"):
		if f.kind = strings.ToLower(string(argv[3])); !knownType(f.kind) {
			s.fail("ERR Unknown client type '" + clip(argv[3], textBytes) + "'")
			return
		}
	case len(argv) > 3 && equalFold(argv[2], "id"):
		for _, a := range argv[3:] {
			id, ok := parseInt(a)
			if !ok || id < 1 {
				s.fail("ERR Invalid client ID")
				return
			}
			f.ids = append(f.ids, coord.ConnID(id))
		}
	case len(argv) > 2:
		s.fail(errSyntax)
		return
	}
	var text []byte
	for _, c := range s.clients() {
		if f.matches(&c) {
			text = c.appendLine(text)
		}
	}
	s.answer(appendText(s.begin(), text, s.state.Resp3))
}

// appendLine writes the client as CLIENT LIST does, with the line's end.
func (c *Client) appendLine(b []byte) []byte {
	flags := "N"
	if c.NoEvict {
		flags = "e"
	}
	if c.NoTouch {
		flags = strings.TrimPrefix(flags+"T", "N")
	}
	proto := "2"
	if c.Resp3 {
		proto = "3"
	}
	command := c.Command
	if command == "" {
		command = "NULL"
	}
	number := func(n int64) string { return strconv.FormatInt(n, 10) }
	fields := []Setting{
		{"id", number(int64(c.ID))}, {"addr", c.Addr}, {"laddr", c.LocalAddr}, {"fd", "0"}, {"name", c.Name},
		{"age", number(c.AgeSeconds)}, {"idle", number(c.IdleSeconds)}, {"flags", flags}, {"db", number(int64(c.DB))},
		{"sub", "0"}, {"psub", "0"}, {"ssub", "0"}, {"multi", "-1"}, {"qbuf", number(int64(c.InputBytes))},
		{"qbuf-free", "0"}, {"argv-mem", "0"}, {"multi-mem", "0"}, {"rbs", "0"}, {"rbp", "0"}, {"obl", "0"},
		{"oll", "0"}, {"omem", number(int64(c.OutputBytes))}, {"tot-mem", number(int64(c.InputBytes + c.OutputBytes))},
		{"events", "r"}, {"cmd", command}, {"user", "default"}, {"redir", "-1"}, {"resp", proto},
		{"lib-name", c.LibName}, {"lib-ver", c.LibVersion},
	}
	for i, f := range fields {
		if i > 0 {
			b = append(b, ' ')
		}
		b = append(append(append(b, f.Name...), '='), f.Value...)
	}
	return append(b, '\n')
}
