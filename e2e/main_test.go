package e2e

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/testcontainers/testcontainers-go/log"

	"github.com/distributedstorage/ds/chaos/load"
)

// The images of docker-compose.yml, as deploy/images.sh builds them.
const (
	routerImage = "ds-router:local"
	serverImage = "ds-server:local"
)

// absent says why the stories cannot run; "" = they can.
var absent string

// losekey is the program that spoils volumes, built for an empty image.
var losekey string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if testing.Short() {
		absent = "stories on containers are left out with -short"
		return m.Run()
	}
	settle()
	if err := dockerAnswers(); err != nil {
		absent = "Docker does not answer: " + err.Error()
		return m.Run()
	}
	folder, err := os.MkdirTemp("", "ds-e2e-")
	if err != nil {
		return fail(err)
	}
	defer os.RemoveAll(folder)
	losekey = filepath.Join(folder, "losekey")
	if err := build(); err != nil {
		return fail(err)
	}
	return m.Run()
}

func fail(err error) int {
	fmt.Fprintln(os.Stderr, "e2e:", err)
	return 1
}

// settle tells testcontainers to do without its reaper, whose image may not be had, and where mapped ports are: on a
// host that is itself a container it would guess wrong. What is set already stays.
func settle() {
	log.SetDefault(log.NewNoopLogger())
	load.Hush()
	for name, value := range map[string]string{
		"TESTCONTAINERS_RYUK_DISABLED": "true", "TESTCONTAINERS_HOST_OVERRIDE": "127.0.0.1",
	} {
		if os.Getenv(name) == "" {
			os.Setenv(name, value)
		}
	}
}

func dockerAnswers() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return command(ctx, nil, "docker", "version", "--format", "{{.Server.Version}}")
}

// build makes the images and losekey, once for all stories. E2E_BUILD=0 takes the images that are there.
func build() error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Minute)
	defer cancel()
	if os.Getenv("E2E_BUILD") != "0" {
		if err := command(ctx, nil, filepath.Join("..", "deploy", "images.sh")); err != nil {
			return err
		}
	}
	return command(ctx, []string{"CGO_ENABLED=0", "GOOS=linux"}, "go", "build", "-trimpath", "-o", losekey, "./losekey")
}

func command(ctx context.Context, env []string, name string, args ...string) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", name, err, out)
	}
	return nil
}

// story begins every test here: beside the others, where Docker is.
func story(t *testing.T) {
	t.Helper()
	if absent != "" && os.Getenv("CI") == "true" && !testing.Short() {
		t.Fatal(absent)
	}
	if absent != "" {
		t.Skip(absent)
	}
	t.Parallel()
}
