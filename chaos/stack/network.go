package stack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// ErrNoHost: this host does not see the container's processes, or lacks the tools to work on its network.
var ErrNoHost = errors.New("this host can't reach into a container's network")

// Cut takes a container off the project's network; nothing tells its peers.
func (s *Stack) Cut(ctx context.Context, service string) error {
	return s.onNetwork(ctx, service, "disconnect")
}

// Join puts it back.
func (s *Stack) Join(ctx context.Context, service string) error {
	return s.onNetwork(ctx, service, "connect")
}

func (s *Stack) onNetwork(ctx context.Context, service, what string) error {
	_, err := docker(ctx, "network", what, s.Project+"_default", s.ids[service])
	return err
}

// Direction is one half of a server's link.
type Direction []string

// The halves, as rules for the server's own network.
var (
	FromRouter = Direction{"INPUT", "-p", "tcp", "--sport", serversPort, "-j", "DROP"}
	ToRouter   = Direction{"OUTPUT", "-p", "tcp", "--dport", serversPort, "-j", "DROP"}
)

const serversPort = "7400" // where servers dial the router

// Block lets nothing pass in one direction of a server's link. ErrNoHost if that can't be had here.
func (s *Stack) Block(ctx context.Context, service string, d Direction) error {
	return s.iptables(ctx, service, "-I", d)
}

// Unblock undoes it.
func (s *Stack) Unblock(ctx context.Context, service string, d Direction) error {
	return s.iptables(ctx, service, "-D", d)
}

func (s *Stack) iptables(ctx context.Context, service, what string, rule Direction) error {
	pid, ok := s.process(ctx, service)
	if !ok {
		return ErrNoHost
	}
	args := append([]string{"-t", strconv.Itoa(pid), "-n", "iptables", "-w", what}, rule...)
	if out, err := run(ctx, "", os.Environ(), "nsenter", args...); err != nil {
		return fmt.Errorf("%w: %w %s", ErrNoHost, err, out)
	}
	return nil
}

// process is the container's program as a process of this host. That the daemon gives a number proves nothing: it may run on
// another machine, or in a process namespace of its own; so the process must be in the container's control group.
func (s *Stack) process(ctx context.Context, service string) (int, bool) {
	out, err := s.inspect(ctx, service, "{{.State.Pid}} {{.Id}}")
	if err != nil {
		return 0, false
	}
	number, id, _ := strings.Cut(out, " ")
	pid, err := strconv.Atoi(number)
	if err != nil || pid <= 1 {
		return 0, false
	}
	group, err := os.ReadFile(fmt.Sprintf("/proc/%d/cgroup", pid))
	return pid, err == nil && bytes.Contains(group, []byte(id))
}
