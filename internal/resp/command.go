package resp

import "strings"

// command is one row of the table that everything is driven by: arguments, keys, COMMAND.
type command struct {
	name    string // lower case; a subcommand's is "client|setname"
	arity   int    // arguments with the name; negative = at least
	flags   string // words, as in COMMAND INFO
	first   int    // index of the first key; 0 = no keys
	last    int    // of the last; negative = from the end
	step    int
	spec    string // flags of the key specification, words
	notes   string // of the key specification
	acl     string // categories, words
	tips    string
	since   string
	group   string
	summary string

	complexity string
	// run executes the command. Its arguments are valid until what it requested was given to the core.
	run func(s *Session, c *command, argv [][]byte)

	alone  bool // it begins when nothing is pending, and nothing else until it is answered
	values int  // from so many arguments on its answer carries values; 0 = never
	noAuth bool
	write  bool
	subs   []*command
}

// commands is the table; by name, lower case.
var (
	commands = map[string]*command{}
	ordered  []*command
)

// The table names functions that read the table, hence not a plain initialiser.
func init() {
	for _, rows := range [][]command{connectionCommands(), clientCommands(), serverCommands(), stringCommands(), keyCommands(), storeCommands()} {
		for i := range rows {
			addCommand(&rows[i])
		}
	}
}

func addCommand(c *command) {
	c.noAuth, c.write = hasWord(c.flags, "no_auth"), hasWord(c.flags, "write")
	commands[c.name] = c
	if parent, _, ok := strings.Cut(c.name, "|"); ok {
		commands[parent].subs = append(commands[parent].subs, c)
		return
	}
	ordered = append(ordered, c)
}

func hasWord(words, word string) bool {
	for w := range strings.FieldsSeq(words) {
		if w == word {
			return true
		}
	}
	return false
}

// longestName bounds what is looked up.
const longestName = 32

// lookup finds a command that is no subcommand.
func lookup(name []byte) *command {
	var b [longestName]byte
	if len(name) > longestName {
		return nil
	}
	for i, c := range name {
		if c == '|' {
			return nil
		}
		b[i] = lower(c)
	}
	return commands[string(b[:len(name)])]
}

// sub finds a subcommand.
func (c *command) sub(name []byte) *command {
	for _, s := range c.subs {
		if equalFold(name, s.name[len(c.name)+1:]) {
			return s
		}
	}
	return nil
}

// arityFits tells that the command takes n arguments, its name included.
func (c *command) arityFits(n int) bool {
	if c.arity < 0 {
		return n >= -c.arity
	}
	return n == c.arity
}

// lastKey is the index of the last key among n arguments.
func (c *command) lastKey(n int) int {
	if c.last < 0 {
		return n + c.last
	}
	return c.last
}

// isKey tells that argument i of n is a key.
func (c *command) isKey(i, n int) bool {
	return c.first > 0 && i >= c.first && i <= c.lastKey(n) && (i-c.first)%c.step == 0
}
