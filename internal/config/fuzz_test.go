package config

import (
	"io"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/allocs"
)

// go test -fuzz FuzzSettings -fuzztime 60s ./internal/config

// FuzzSettings gives both programs any command line: it is understood, or every fault is told. What was understood is
// within its limits.
func FuzzSettings(f *testing.F) {
	for _, line := range []string{
		"--max-key\n1KiB\n--number-of-servers=5\n--duplication\n2", "--deadline=5\n--colour\nred\nwalk", "--log", "healthcheck\n--ops=:1",
		"--clients=[::1]:0\n--servers=:65536", "--journal-cap=9999999999GiB", "-h", "--version", "--\n--x=\n=\n--=", "--router=a:1\n--number=63",
	} {
		f.Add(line)
	}
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, line string) {
		args := append(strings.Split(line, "\n"), "--data", dir)
		var r Router
		var command Command
		var err error
		if cost := allocs.Of(func() { r, command, err = ParseRouter(args, "test", io.Discard) }); cost > int64(8<<20+1024*len(line)) {
			t.Fatalf("%d bytes cost %d", len(line), cost)
		}
		if err == nil && command == Serve {
			if faults := r.Core.Geometry.Validate(); len(faults) > 0 {
				t.Fatal(faults)
			}
			if r.MaxKey < 1 || r.MaxClients < 1 || r.Core.MaxValue < 1 || r.Core.DeadlineMillis < 10 || r.Core.AwayMillis < 2*r.Core.HeartbeatMillis {
				t.Fatalf("%+v was understood from %q", r, args)
			}
		}
		if err != nil && err.Error() == "" {
			t.Fatal("a fault without a word")
		}
		_, _, _ = ParseServer(args, "test", io.Discard)
	})
}
