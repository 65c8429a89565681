package sim

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// form is what a command takes. An argument is a number (#), a server (N), a key (k), a value (v); the last may be left
// out (?) or repeated (*).
type form struct {
	args    string
	options string // names, each = a number
	input   byte   // what its lines are: requests (r), keys (k); 0 = it has none
}

// forms are the language; what each does is told at TestScenarios.
var forms = map[string]form{
	"world": {options: "servers duplication budget table cap down lane large"},
	"do":    {input: 'r'}, "send": {input: 'r'}, "stored": {input: 'k'},
	"settle": {}, "compare": {}, "state": {}, "pass": {args: "#"}, "wall": {args: "#"},

	"router start": {options: "budget table"}, "router stop": {}, "router kill": {}, "router hold-sync": {}, "router release-sync": {},
	"router commit": {args: "#"}, "router pause": {args: "#"}, "router fail": {args: "#?"}, "router reopen": {}, "router rot": {args: "k"},
	"router lose": {}, "router snapshot": {}, "router restore": {}, "router fork": {}, "router swap": {}, "router adopt": {args: "N*"},

	"server lose": {args: "k"}, "server rot": {args: "k"}, "server foreign": {args: "kv#"}, "server far": {args: "#"},
}

// serverWords may follow each other.
var serverWords = []string{"start", "sync", "kill", "wipe", "hold-in", "hold-out", "hold-large", "lose-large", "hold-sync", "tight", "unplug", "release", "unreadable", "readable",
	"moves", "deaf", "pause", "resume", "redial", "snapshot", "restore"}

const (
	mostNumber = 1 << 50 // in a scenario, either sign
	mostValue  = 8 << 20 // bytes
)

// understand tells what is wrong with a command, and gives its requests.
func understand(cmd string, args []datadriven.CmdArg, input string) ([]request, error) {
	verb, rest := cmd, args
	switch {
	case cmd == "router" && len(args) > 0:
		verb, rest = cmd+" "+args[0].Key, args[1:]
	case cmd == "server" && len(args) > 1:
		if err := isServer(args[0].Key); err != nil {
			return nil, err
		}
		verb, rest = cmd+" "+args[1].Key, args[2:]
		if slices.Contains(serverWords, args[1].Key) {
			return nil, checkServerWords(args, input)
		}
	}
	f, ok := forms[verb]
	if !ok {
		return nil, fmt.Errorf("there is no command %s", verb)
	}
	if err := f.check(rest); err != nil {
		return nil, fmt.Errorf("%s: %w", verb, err)
	}
	return f.lines(input)
}

func checkServerWords(args []datadriven.CmdArg, input string) error {
	for _, a := range args {
		if len(a.Vals) > 0 {
			return fmt.Errorf("server takes no %s=", a.Key)
		}
	}
	for _, a := range args[1:] {
		if !slices.Contains(serverWords, a.Key) {
			return fmt.Errorf("server: there is no %s", a.Key)
		}
	}
	_, err := form{}.lines(input)
	return err
}

func (f form) check(args []datadriven.CmdArg) error {
	kinds := f.args
	for _, a := range args {
		switch {
		case len(a.Vals) > 0:
			if err := f.option(a); err != nil {
				return err
			}
			continue
		case kinds == "" || kinds[0] == '?':
			return fmt.Errorf("there is no place for %s", a.Key)
		}
		if err := isKind(kinds[0], a.Key); err != nil {
			return err
		}
		if !strings.HasSuffix(kinds, "*") || len(kinds) > 2 {
			kinds = kinds[1:]
		}
	}
	if kinds != "" && !strings.ContainsAny(kinds, "?*") {
		return fmt.Errorf("something is missing")
	}
	return nil
}

func (f form) option(a datadriven.CmdArg) error {
	if len(a.Vals) != 1 {
		return fmt.Errorf("%s has several values", a.Key)
	}
	if a.Key == "durability" || a.Key == "sweep" {
		if !strings.Contains(f.options, "servers") {
			return fmt.Errorf("only a world has a %s", a.Key)
		}
		return nil
	}
	if !slices.Contains(strings.Fields(f.options), a.Key) {
		return fmt.Errorf("there is no option %s", a.Key)
	}
	n, err := toNumber(a.Vals[0])
	if most := map[string]int64{"servers": ring.MaxServers, "down": ring.MaxServers - 1, "duplication": ring.MaxCopies - 1}[a.Key]; err == nil &&
		(n < 0 || most > 0 && n > most) {
		return fmt.Errorf("%s is out of range", a.Key)
	}
	return err
}

func isKind(kind byte, word string) (err error) {
	switch kind {
	case '#':
		_, err = toNumber(word)
	case 'N':
		err = isServer(word)
	case 'k':
		err = isKey(word)
	case 'v':
		err = isValue(word)
	}
	return err
}

func toNumber(word string) (int64, error) {
	n, err := strconv.ParseInt(word, 10, 64)
	if err != nil || n > mostNumber || n < -mostNumber {
		return 0, fmt.Errorf("%q is no number", word)
	}
	return n, nil
}

func isServer(word string) error {
	if n, err := toNumber(word); err != nil || n < 0 || n >= ring.MaxServers {
		return fmt.Errorf("%q is no server", word)
	}
	return nil
}

func isKey(word string) error {
	if _, home, ok := strings.Cut(word, "@"); ok {
		return isServer(home)
	}
	return nil
}

func isValue(word string) error {
	text, times, ok := strings.Cut(word, "*")
	if !ok {
		return nil
	}
	if n, err := toNumber(times); err != nil || n < 0 || n*int64(len(text)) > mostValue || n > mostValue {
		return fmt.Errorf("%q is no value", word)
	}
	return nil
}

func (f form) lines(input string) (requests []request, err error) {
	for line := range strings.Lines(input) {
		line = strings.TrimSpace(line)
		switch f.input {
		case 0:
			return nil, fmt.Errorf("it takes no lines")
		case 'k':
			if err := isKey(line); err != nil {
				return nil, err
			}
			continue
		}
		r, err := understandRequest(line)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		requests = append(requests, r)
	}
	return requests, nil
}

// request is "OP KEY [VALUE] [db=N] [px=MS] [nx] [xx] [get] [keepttl] [n=N]".
type request struct {
	line       string
	op         coord.Op
	key, value string
	db         kv.DB
	flags      coord.Flag
	n          int64
}

var ops = map[string]coord.Op{
	"set": coord.OpSet, "get": coord.OpGet, "del": coord.OpDel, "incr": coord.OpIncrBy, "append": coord.OpAppend,
	"expire": coord.OpExpire, "head": coord.OpHead, "getdel": coord.OpGetDel, "keys": coord.OpList,
	"flush": coord.OpFlush, "why": coord.OpWhy,
}

var flags = map[string]coord.Flag{"nx": coord.FlagNX, "xx": coord.FlagXX, "get": coord.FlagGet, "keepttl": coord.FlagKeepTTL}

func understandRequest(line string) (request, error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return request{}, fmt.Errorf("an empty request")
	}
	r := request{line: line, op: ops[words[0]], n: 1}
	if r.op == coord.OpNone {
		return request{}, fmt.Errorf("there is no request %s", words[0])
	}
	var plain []string
	for _, w := range words[1:] {
		if err := r.word(w, &plain); err != nil {
			return request{}, err
		}
	}
	switch {
	case len(plain) > 2:
		return request{}, fmt.Errorf("there is no place for %s", plain[2])
	case len(plain) == 0 && r.op != coord.OpFlush && r.op != coord.OpList:
		return request{}, fmt.Errorf("the key is missing")
	}
	plain = append(plain, "", "")
	r.key, r.value = plain[0], plain[1]
	if err := isKey(r.key); err != nil {
		return request{}, err
	}
	return r, isValue(r.value)
}

func (r *request) word(w string, plain *[]string) error {
	name, value, given := strings.Cut(w, "=")
	if flag := flags[w]; flag != 0 {
		r.flags |= flag
		return nil
	}
	if !given || name != "db" && name != "px" && name != "n" {
		*plain = append(*plain, w)
		return nil
	}
	n, err := toNumber(value)
	switch name {
	case "db":
		if n < 0 || n >= ring.MaxDatabases {
			return fmt.Errorf("there is no database %d", n)
		}
		r.db = kv.DB(n)
	case "px":
		r.flags |= coord.FlagExpireIn
		r.n = n
	case "n":
		r.n = n
	}
	return err
}

// again is the request in the language.
func (r *request) again() string {
	words := []string{"", r.key, r.value}
	for name, op := range ops {
		if op == r.op {
			words[0] = name
		}
	}
	for name, flag := range flags {
		if r.flags&flag != 0 {
			words = append(words, name)
		}
	}
	name := "n"
	if r.flags&coord.FlagExpireIn != 0 {
		name = "px"
	}
	words = append(words, fmt.Sprintf("db=%d", r.db), fmt.Sprintf("%s=%d", name, r.n))
	return strings.Join(strings.Fields(strings.Join(words, " ")), " ")
}

// go test -fuzz FuzzScenario -fuzztime 60s ./internal/sim

// FuzzScenario gives any command of a scenario to what reads it: it is understood or refused. What was understood means the same
// once written again, names what a world can have, and is no longer than its bounds.
func FuzzScenario(f *testing.F) {
	f.Add("do", "set a@1 v*100 px=50 nx\nget a\nkeys\n")
	f.Add("world servers=5 duplication=2 durability=none", "")
	f.Add("server 1 hold-in hold-out", "")
	f.Add("server 2 foreign a ancient -100", "")
	f.Add("router adopt 1 2", "")
	f.Fuzz(func(t *testing.T, line, input string) {
		cmd, args, err := datadriven.ParseLine(line)
		if err != nil {
			return
		}
		requests, err := understand(cmd, args, input)
		if err != nil {
			if requests != nil {
				t.Fatal("refused, and understood")
			}
			return
		}
		for _, r := range requests {
			if n := len(value(r.value)); n > max(mostValue, len(input)) {
				t.Fatalf("a value of %d bytes", n)
			}
			twin, err := understandRequest(r.again())
			if r.line = twin.line; err != nil || r != twin {
				t.Fatalf("%+v became %+v: %v", r, twin, err)
			}
		}
	})
}
