package stack

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os/exec"
	"strings"
)

// run runs a command in a folder and gives what it printed; what it complained is in the error.
func run(ctx context.Context, dir string, env []string, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	cmd.Env = env
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w\n%s", name, strings.Join(args, " "), err, tail(complaint.String(), 40))
	}
	return out.String(), nil
}

// docker runs a docker command.
func docker(ctx context.Context, args ...string) (string, error) {
	return run(ctx, "", nil, "docker", args...)
}

// inspect is what Docker knows of a service's container, in a template of its own.
func (s *Stack) inspect(ctx context.Context, service, format string) (string, error) {
	id := s.ids[service]
	if id == "" {
		return "", fmt.Errorf("project %s has no container of %s", s.Project, service)
	}
	out, err := docker(ctx, "inspect", "--format", format, id)
	return strings.TrimSpace(out), err
}

func tail(text string, lines int) string {
	all := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// composeCommand is the plugin where there is one, else docker-compose.
func composeCommand(ctx context.Context) ([]string, error) {
	if _, err := run(ctx, "", nil, "docker", "compose", "version"); err == nil {
		return []string{"docker", "compose"}, nil
	}
	if _, err := exec.LookPath("docker-compose"); err == nil {
		return []string{"docker-compose"}, nil
	}
	return nil, fmt.Errorf("neither `docker compose` nor `docker-compose` is here: install one of them")
}

// freePort is a port of the loopback that the kernel has just given and taken back.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}
