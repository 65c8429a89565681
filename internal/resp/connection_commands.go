package resp

import (
	"crypto/sha256"
	"crypto/subtle"
	"strconv"

	"github.com/distributedstorage/ds/internal/kv"
)

// ServerVersion is the version of Redis whose behaviour clients may expect.
const ServerVersion = "7.2.5"

const (
	errWrongPass = "WRONGPASS invalid username-password pair or user is disabled."
	errNoProto   = "NOPROTO unsupported protocol version"
	errHelloAuth = "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time"
	errNoDefault = "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?"
	errName      = "ERR Client names cannot contain spaces, newlines or special characters."
)

func (s *Session) doPing(c *command, argv [][]byte) {
	switch len(argv) {
	case 1:
		s.answer(append(s.begin(), "+PONG\r\n"...))
	case 2:
		s.answer(appendBulk(s.begin(), argv[1]))
	default:
		s.fail(arityText(c))
	}
}

func (s *Session) doEcho(_ *command, argv [][]byte) { s.answer(appendBulk(s.begin(), argv[1])) }

func (s *Session) doQuit(*command, [][]byte) {
	s.ok()
	s.quitting = true
}

func (s *Session) doReset(*command, [][]byte) {
	s.state.DB, s.state.Resp3 = 0, false
	s.state.Name, s.state.NoEvict, s.state.NoTouch = "", false, false
	s.trusted = s.host.Password() == ""
	s.answer(append(s.begin(), "+RESET\r\n"...))
}

func (s *Session) doSelect(_ *command, argv [][]byte) {
	n, ok := parseInt(argv[1])
	switch {
	case !ok || n != int64(int32(n)):
		s.fail(errNotInteger)
	case n < 0 || n >= int64(s.limits.Databases):
		s.fail("ERR DB index is out of range")
	default:
		s.state.DB = kv.DB(n)
		s.ok()
	}
}

func (s *Session) doAuth(_ *command, argv [][]byte) {
	switch {
	case len(argv) > 3:
		s.fail(errSyntax)
		return
	case len(argv) == 2 && s.host.Password() == "":
		s.fail(errNoDefault)
		return
	}
	user := []byte("default")
	if len(argv) == 3 {
		user = argv[1]
	}
	if !s.authenticate(user, argv[len(argv)-1]) {
		s.fail(errWrongPass)
		return
	}
	s.ok()
}

// authenticate takes the default user's password; without one configured it takes any.
func (s *Session) authenticate(user, password []byte) bool {
	want := s.host.Password()
	if string(user) != "default" || want != "" && !samePassword(password, want) {
		return false
	}
	s.trusted = true
	return true
}

// samePassword takes as long whatever the password is like.
func samePassword(got []byte, want string) bool {
	a, b := sha256.Sum256(got), sha256.Sum256([]byte(want))
	return subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

func (s *Session) doHello(_ *command, argv [][]byte) {
	resp3 := s.state.Resp3
	rest := argv[1:]
	if len(rest) > 0 {
		n, ok := parseInt(rest[0])
		if !ok {
			s.fail("ERR Protocol version is not an integer or out of range")
			return
		}
		if n != 2 && n != 3 {
			s.fail(errNoProto)
			return
		}
		resp3, rest = n == 3, rest[1:]
	}
	o, text := parseHello(rest)
	if text == "" {
		text = s.admit(&o)
	}
	if text != "" {
		s.fail(text)
		return
	}
	s.state.Resp3 = resp3
	s.answer(s.appendHello(s.begin()))
}

type helloOptions struct {
	auth           bool
	user, password []byte
	named          bool
	name           string
}

func parseHello(args [][]byte) (o helloOptions, text string) {
	for i := 0; i < len(args); i++ {
		left := len(args) - i - 1
		switch {
		case equalFold(args[i], "auth") && left >= 2:
			o.auth, o.user, o.password = true, args[i+1], args[i+2]
			i += 2
		case equalFold(args[i], "setname") && left >= 1:
			if !printable(args[i+1]) {
				return o, errName
			}
			o.named, o.name = true, string(args[i+1])
			i++
		default:
			return o, "ERR Syntax error in HELLO option '" + clip(args[i], textBytes) + "'"
		}
	}
	return o, ""
}

// admit applies what HELLO asks for besides the protocol.
func (s *Session) admit(o *helloOptions) string {
	if o.auth && !s.authenticate(o.user, o.password) {
		return errWrongPass
	}
	if !s.trusted {
		return errHelloAuth
	}
	if o.named {
		s.state.Name = o.name
	}
	return ""
}

func (s *Session) appendHello(b []byte) []byte {
	r3 := s.state.Resp3
	b = appendMap(b, 7, r3)
	for _, f := range []Setting{{"server", "redis"}, {"version", ServerVersion}} {
		b = appendBulkString(appendBulkString(b, f.Name), f.Value)
	}
	proto := int64(2)
	if r3 {
		proto = 3
	}
	b = appendInt(appendBulkString(b, "proto"), proto)
	b = appendInt(appendBulkString(b, "id"), int64(s.id))
	for _, f := range []Setting{{"mode", "standalone"}, {"role", "master"}} {
		b = appendBulkString(appendBulkString(b, f.Name), f.Value)
	}
	return appendArray(appendBulkString(b, "modules"), 0)
}

// printable tells that a name has no spaces or special characters.
func printable(b []byte) bool {
	for _, c := range b {
		if c < '!' || c > '~' {
			return false
		}
	}
	return true
}

func (s *Session) doTime(*command, [][]byte) {
	ms := s.host.Now()
	b := appendArray(s.begin(), 2)
	b = appendBulkString(b, strconv.FormatInt(ms/1000, 10))
	s.answer(appendBulkString(b, strconv.FormatInt(ms%1000*1000, 10)))
}
