package loopback

import (
	"fmt"
	"os/exec"
	"path/filepath"
)

// Binaries are the programs under test.
type Binaries struct{ Router, Server string }

// Build compiles both programs into a folder, with the race detector if asked for.
func Build(dir string, race bool) (Binaries, error) {
	args := []string{"build", "-buildvcs=false", "-o", dir + string(filepath.Separator)}
	if race {
		args = append(args, "-race")
	}
	const services = "github.com/distributedstorage/ds/services/"
	out, err := exec.Command("go", append(args, services+"router", services+"server")...).CombinedOutput()
	if err != nil {
		return Binaries{}, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return Binaries{filepath.Join(dir, "router"), filepath.Join(dir, "server")}, nil
}
