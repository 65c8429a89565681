package resp

import (
	"strings"
)

func (s *Session) doCommand(*command, [][]byte) {
	b := appendArray(s.begin(), len(ordered))
	for _, c := range ordered {
		b = c.appendInfo(b, s.state.Resp3)
	}
	s.answer(b)
}

func (s *Session) doCommandCount(*command, [][]byte) {
	s.answer(appendInt(s.begin(), int64(len(ordered))))
}

func (s *Session) doCommandInfo(c *command, argv [][]byte) {
	if len(argv) == 2 {
		s.doCommand(c, argv)
		return
	}
	b := appendArray(s.begin(), len(argv)-2)
	for _, name := range argv[2:] {
		if c := find(name); c != nil {
			b = c.appendInfo(b, s.state.Resp3)
		} else {
			b = appendNullArray(b, s.state.Resp3)
		}
	}
	s.answer(b)
}

// find looks up a command or, as "client|list", a subcommand.
func find(name []byte) *command {
	if len(name) > longestName {
		return nil
	}
	return commands[strings.ToLower(string(name))]
}

func (s *Session) doCommandDocs(_ *command, argv [][]byte) {
	var list []*command
	for _, name := range argv[2:] {
		if c := find(name); c != nil {
			list = append(list, c)
		}
	}
	if len(argv) == 2 {
		list = ordered
	}
	b := appendMap(s.begin(), len(list), s.state.Resp3)
	for _, c := range list {
		b = c.appendDocs(appendBulkString(b, c.name), s.state.Resp3)
	}
	s.answer(b)
}

func (s *Session) doCommandList(_ *command, argv [][]byte) {
	pick := func(*command) bool { return true }
	if len(argv) > 2 {
		if len(argv) != 5 || !equalFold(argv[2], "filterby") {
			s.fail(errSyntax)
			return
		}
		value := argv[4]
		switch {
		case equalFold(argv[3], "module"):
			pick = func(*command) bool { return false }
		case equalFold(argv[3], "aclcat"):
			pick = func(c *command) bool { return hasWord(c.acl, strings.ToLower(string(value))) }
		case equalFold(argv[3], "pattern"):
			pick = func(c *command) bool {
				match, _ := glob([]byte(strings.ToLower(string(value))), []byte(c.name))
				return match
			}
		default:
			s.fail(errSyntax)
			return
		}
	}
	var names []string
	for _, c := range ordered {
		for _, c := range append([]*command{c}, c.subs...) {
			if pick(c) && (len(argv) > 2 || !strings.Contains(c.name, "|")) {
				names = append(names, c.name)
			}
		}
	}
	b := appendArray(s.begin(), len(names))
	for _, n := range names {
		b = appendBulkString(b, n)
	}
	s.answer(b)
}

func (s *Session) doCommandGetKeys(_ *command, argv [][]byte) {
	args := argv[2:]
	c := lookup(args[0])
	if c != nil && len(c.subs) > 0 && len(args) > 1 {
		c = c.sub(args[1])
	}
	switch {
	case c == nil:
		s.fail("ERR Invalid command specified")
		return
	case c.first == 0:
		s.fail("ERR The command has no key arguments")
		return
	case !c.arityFits(len(args)):
		s.fail("ERR Invalid number of arguments specified for command")
		return
	}
	last := c.lastKey(len(args))
	b := appendArray(s.begin(), (last-c.first)/c.step+1)
	for i := c.first; i <= last; i += c.step {
		b = appendBulk(b, args[i])
	}
	s.answer(b)
}

func (s *Session) doHelp(c *command, _ [][]byte) {
	parent, _, _ := strings.Cut(c.name, "|")
	name := strings.ToUpper(parent)
	lines := []string{name + " <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"}
	for _, sub := range commands[parent].subs {
		_, word, _ := strings.Cut(sub.name, "|")
		lines = append(lines, strings.ToUpper(word), "    "+sub.summary)
	}
	b := appendArray(s.begin(), len(lines))
	for _, l := range lines {
		b = appendSimple(b, l)
	}
	s.answer(b)
}
