package stack

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// The programs that work on the volume of a stopped container, by the package they are built from.
const (
	volumeTool = "volume"
	loseTool   = "losekey"
)

var toolPackages = map[string]string{volumeTool: "./chaos/volume", loseTool: "./e2e/losekey"}

// Wipe empties the volume of a container that is stopped.
func (s *Stack) Wipe(ctx context.Context, service string) error {
	volume, err := s.volume(ctx, service)
	if err != nil {
		return err
	}
	return s.work(ctx, service, volumeTool, []string{volume + ":/data"}, "empty", "/data")
}

// Save copies the volume of a container that is stopped into one that Destroy removes.
func (s *Stack) Save(ctx context.Context, service string) error {
	volume, err := s.volume(ctx, service)
	if err != nil {
		return err
	}
	saved := s.Project + "_saved-" + service
	s.saved[service] = saved
	// On the image's own folder a new volume takes its owner from it.
	if err := s.work(ctx, service, volumeTool, []string{saved + ":/data"}, "empty", "/data"); err != nil {
		return err
	}
	return s.work(ctx, service, volumeTool, []string{volume + ":/data", saved + ":/saved"}, "copy", "/data", "/saved")
}

// Restore puts what was saved in the place of what is on the volume.
func (s *Stack) Restore(ctx context.Context, service string) error {
	volume, err := s.volume(ctx, service)
	if err != nil {
		return err
	}
	saved := s.saved[service]
	if saved == "" {
		return fmt.Errorf("no volume of %s was saved", service)
	}
	return s.work(ctx, service, volumeTool, []string{volume + ":/data", saved + ":/saved"}, "copy", "/saved", "/data")
}

// Lose removes keys of a database from the volume of a server that is stopped, so that nobody knows.
func (s *Stack) Lose(ctx context.Context, service string, database int, keys []string) error {
	volume, err := s.volume(ctx, service)
	if err != nil {
		return err
	}
	args := append([]string{fmt.Sprintf("--database=%d", database)}, keys...)
	return s.work(ctx, service, loseTool, []string{volume + ":/data"}, args...)
}

// volume is the name of the volume on a container's /data.
func (s *Stack) volume(ctx context.Context, service string) (string, error) {
	name, err := s.inspect(ctx, service, `{{range .Mounts}}{{if eq .Destination "/data"}}{{.Name}}{{end}}{{end}}`)
	if err == nil && name == "" {
		err = fmt.Errorf("%s has no volume on /data", service)
	}
	return name, err
}

// work runs a program of this repository in the service's image, as its user, on the volumes. The image has no shell, and
// this host may not see the volumes' files.
func (s *Stack) work(ctx context.Context, service, tool string, volumes []string, args ...string) error {
	program, err := s.tool(ctx, tool)
	if err != nil {
		return err
	}
	image, err := s.inspect(ctx, service, "{{.Config.Image}}")
	if err != nil {
		return err
	}
	create := []string{"create", "--network=none", "--no-healthcheck", "--entrypoint", "/" + tool}
	for _, v := range volumes {
		create = append(create, "-v", v)
	}
	out, err := docker(ctx, append(append(create, image), args...)...)
	if err != nil {
		return err
	}
	id := strings.TrimSpace(out)
	defer docker(context.WithoutCancel(ctx), "rm", "-f", id)
	if _, err := docker(ctx, "cp", program, id+":/"+tool); err != nil {
		return err
	}
	_, err = docker(ctx, "start", "-a", id)
	return err
}

// BuildTools builds the programs that work on volumes, which can take a while.
func (s *Stack) BuildTools(ctx context.Context) error {
	for name := range toolPackages {
		if _, err := s.tool(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// tool builds a program for the images, once.
func (s *Stack) tool(ctx context.Context, name string) (string, error) {
	if s.tools == "" {
		folder, err := os.MkdirTemp("", "ds-chaos-")
		if err != nil {
			return "", err
		}
		s.tools = folder
	}
	program := filepath.Join(s.tools, name)
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}
	_, err := run(ctx, s.dir, append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux"), "go", "build", "-trimpath", "-o", program, toolPackages[name])
	return program, err
}
