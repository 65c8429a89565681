package fakerouter

import (
	"slices"
	"strconv"
	"strings"
)

type session struct {
	router  *Router
	db      int
	trusted bool
}

// execute gives the reply to a command.
func (s *session) execute(args []string) any {
	name := strings.ToUpper(args[0])
	switch name {
	case "HELLO":
		return s.hello(args)
	case "AUTH":
		return s.auth(args[len(args)-1])
	case "PING":
		if !s.trusted {
			return Error("NOAUTH Authentication required.")
		}
		return Status("PONG")
	case "SELECT":
		s.db, _ = strconv.Atoi(args[1])
		return Status("OK")
	}
	line := strings.Join(append([]string{name}, args[1:]...), " ")
	if name == "DS" {
		line = strings.ToUpper(line[:len(args[0])+1+len(args[1])]) + line[len(args[0])+1+len(args[1]):]
	}
	r := s.router
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.log = append(r.mu.log, line)
	if reply, ok := r.mu.scripts[line]; ok {
		return reply
	}
	return s.storeLocked(name, args)
}

func (s *session) hello(args []string) any {
	if i := slices.IndexFunc(args, func(a string) bool { return strings.EqualFold(a, "AUTH") }); i > 0 {
		if e, bad := s.auth(args[i+2]).(Error); bad {
			return e
		}
	}
	if !s.trusted {
		return Error("NOAUTH HELLO must be called with the client already authenticated")
	}
	return Map{{"server", "fake"}, {"proto", int64(3)}, {"id", int64(1)}}
}

func (s *session) auth(password string) any {
	if password != s.router.password {
		return Error("WRONGPASS invalid username-password pair or user is disabled.")
	}
	s.trusted = true
	return Status("OK")
}

// storeLocked is the default: a map a database.
func (s *session) storeLocked(name string, args []string) any {
	data := s.router.mu.data[s.db]
	if data == nil {
		data = map[string]string{}
		s.router.mu.data[s.db] = data
	}
	switch name {
	case "SET":
		data[args[1]] = args[2]
		return Status("OK")
	case "GET":
		if v, ok := data[args[1]]; ok {
			return v
		}
		return nil
	case "DEL":
		_, had := data[args[1]]
		delete(data, args[1])
		if had {
			return int64(1)
		}
		return int64(0)
	case "SCAN":
		return []any{"0", keys(data)}
	case "DS":
		if strings.EqualFold(args[1], "KEYS") {
			return Map{{"keys", keys(data)}, {"complete", int64(1)}}
		}
	}
	return Error("ERR unknown command '" + args[0] + "'")
}

func keys(data map[string]string) []any {
	list := []any{}
	for k := range data {
		list = append(list, k)
	}
	return list
}
