package stack

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"syscall"
)

// Stack is a running project.
type Stack struct {
	Project string
	Clients string // host:port of the Redis port
	Ops     string // host:port of the router's ops port
	Proxy   string // host:port of the proxy's control, of a proxied project

	dir     string
	compose []string
	files   []string // none: compose's own choice
	env     []string
	ids     map[string]string // service to container
	saved   map[string]string // service to the volume that has a copy of its own
	tools   string            // folder of the programs that work on volumes
}

// New names a project on the docker-compose.yml of the folder, and on files that add to it, with free ports. Nothing runs yet.
func New(ctx context.Context, dir, prefix string, files ...string) (*Stack, error) {
	compose, err := composeCommand(ctx)
	if err != nil {
		return nil, err
	}
	if len(files) > 0 {
		files = append([]string{"docker-compose.yml"}, files...)
	}
	clients, err := freePort()
	if err != nil {
		return nil, err
	}
	ops, err := freePort()
	if err != nil {
		return nil, err
	}
	return &Stack{
		Project: fmt.Sprintf("%s-%d-%04x", prefix, os.Getpid(), rand.Uint32N(1<<16)),
		Clients: fmt.Sprintf("127.0.0.1:%d", clients),
		Ops:     fmt.Sprintf("127.0.0.1:%d", ops),
		dir:     dir, compose: compose, files: files, ids: map[string]string{}, saved: map[string]string{},
		env: append(os.Environ(), fmt.Sprintf("DS_PORT=%d", clients), fmt.Sprintf("DS_OPS_PORT=%d", ops), "DS_REQUIREPASS="),
	}, nil
}

// Build makes the images that docker-compose.yml names, with or without a registry.
func (s *Stack) Build(ctx context.Context) error {
	_, err := run(ctx, s.dir, s.env, "deploy/images.sh")
	return err
}

// Up starts the project and learns the containers of its services. It does not wait until the store is ready.
func (s *Stack) Up(ctx context.Context) error {
	if _, err := s.Compose(ctx, "up", "-d"); err != nil {
		return err
	}
	return s.learn(ctx)
}

// learn asks for the containers of the services.
func (s *Stack) learn(ctx context.Context) error {
	services, err := s.Compose(ctx, "config", "--services")
	if err != nil {
		return err
	}
	for _, service := range strings.Fields(services) {
		id, err := s.Compose(ctx, "ps", "-q", service)
		if err != nil {
			return err
		}
		s.ids[service] = strings.TrimSpace(id)
	}
	return nil
}

// Compose runs a compose command on the project.
func (s *Stack) Compose(ctx context.Context, args ...string) (string, error) {
	whole := append([]string{}, s.compose[1:]...)
	for _, file := range s.files {
		whole = append(whole, "-f", file)
	}
	if s.Project != "" {
		whole = append(whole, "-p", s.Project)
	}
	return run(ctx, s.dir, s.env, s.compose[0], append(whole, args...)...)
}

// Down stops and removes the containers and the network, and the volumes if asked to.
func (s *Stack) Down(ctx context.Context, volumes bool) error {
	args := []string{"down", "--remove-orphans", "-t", "15"}
	if volumes {
		args = append(args, "-v")
	}
	_, err := s.Compose(ctx, args...)
	return err
}

// Destroy kills what runs, and removes everything the project made.
func (s *Stack) Destroy(ctx context.Context) error {
	_, _ = s.Compose(ctx, "kill") // fails when nothing runs
	err := s.Down(ctx, true)
	for _, volume := range s.saved {
		_, removeErr := docker(ctx, "volume", "rm", "-f", volume)
		err = errors.Join(err, removeErr)
	}
	if s.tools != "" {
		err = errors.Join(err, os.RemoveAll(s.tools))
	}
	return err
}

// Kill sends SIGKILL; with Docker's restart policy the container stays down until Start.
func (s *Stack) Kill(ctx context.Context, service string) error { return s.do(ctx, service, "kill") }

// Crash sends SIGKILL to the program, as a bug or the kernel would: Docker starts it again by itself. Where this host does not see the
// container's processes, Docker restarts it without grace.
func (s *Stack) Crash(ctx context.Context, service string) error {
	if pid, ok := s.process(ctx, service); ok && syscall.Kill(pid, syscall.SIGKILL) == nil {
		return nil
	}
	return s.do(ctx, service, "restart", "-t", "0")
}

// Start starts a container that was killed or stopped, on its volume.
func (s *Stack) Start(ctx context.Context, service string) error { return s.do(ctx, service, "start") }

// Stop asks the program to end, as an operator does.
func (s *Stack) Stop(ctx context.Context, service string) error {
	return s.do(ctx, service, "stop", "-t", "15")
}

// Pause freezes a container.
func (s *Stack) Pause(ctx context.Context, service string) error { return s.do(ctx, service, "pause") }

// Resume lets it go on.
func (s *Stack) Resume(ctx context.Context, service string) error {
	return s.do(ctx, service, "unpause")
}

func (s *Stack) do(ctx context.Context, service string, command ...string) error {
	id := s.ids[service]
	if id == "" {
		return fmt.Errorf("project %s has no container of %s", s.Project, service)
	}
	_, err := docker(ctx, append(command, id)...)
	return err
}

// Health is what Docker says of a service's health check: starting, healthy, unhealthy.
func (s *Stack) Health(ctx context.Context, service string) (string, error) {
	return s.inspect(ctx, service, "{{.State.Health.Status}}")
}

// Logs writes the last lines of a service's log.
func (s *Stack) Logs(ctx context.Context, w io.Writer, service string, lines int) error {
	out, err := s.Compose(ctx, "logs", "--no-color", fmt.Sprintf("--tail=%d", lines), service)
	fmt.Fprintln(w, out)
	return err
}

// Services are the project's, in no order.
func (s *Stack) Services() []string {
	var all []string
	for service := range s.ids {
		all = append(all, service)
	}
	return all
}
