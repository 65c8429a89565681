package config

import (
	"io"

	"github.com/distributedstorage/ds/internal/ring"
)

// Server is the settings of the server program.
type Server struct {
	Router string // host:port
	Number ring.Server
	Ops    string // address to listen on
	Data   string
	Log    Log
}

const serverAbout = "A numbered server of a DistributedStorage: it keeps copies of keys in its volume and dials the router. " +
	"Each setting is a flag and an environment variable: --number is DS_NUMBER."

// ParseServer reads the settings of a server from the command line and the environment. The error
// lists every fault. With Done and Healthcheck only Ops is meaningful.
func ParseServer(args []string, version string, out io.Writer) (Server, Command, error) {
	var flags struct {
		commands
		serverFlags
	}
	var f faults
	command, err := program{"server", serverAbout, version, &flags}.parse(args, out, &f)
	if err != nil || command == Done {
		return Server{}, command, err
	}
	if command == Healthcheck {
		return Server{Ops: f.listen("ops", flags.Ops)}, command, f.result("server")
	}
	s := flags.serverFlags.read(&f)
	return s, command, f.result("server")
}

func (s *serverFlags) read(f *faults) Server {
	return Server{
		Router: f.dial("router", s.Router),
		Number: s.number(f),
		Ops:    f.listen("ops", s.Ops),
		Data:   f.folder("data", s.Data),
		Log:    s.logFlags.read(f),
	}
}

func (s *serverFlags) number(f *faults) ring.Server {
	if s.Number == "" {
		f.add("number", "is missing: give this server's number, 0 … number of servers - 1")
		return 0
	}
	return ring.Server(f.number("number", s.Number, 0, ring.MaxServers-1))
}
