package config

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/go-multierror"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

func router(t *testing.T, args ...string) (Router, error) {
	t.Helper()
	r, command, err := ParseRouter(append([]string{"--data", t.TempDir()}, args...), "test", &bytes.Buffer{})
	if command != Serve {
		t.Fatalf("command %d", command)
	}
	return r, err
}

func TestRouterDefaults(t *testing.T) {
	r, err := router(t)
	if err != nil {
		t.Fatal(err)
	}
	want := coord.DefaultConfig()
	want.Geometry, want.TableBudget = ring.New(3, 1, 16), memoryLimit()/4
	var requests int64
	requests, want.LargeBytes = Split(memoryLimit() / 4)
	if r.Core != want {
		t.Errorf("core %+v, want %+v", r.Core, want)
	}
	if r.Servers != ":7400" || r.Clients != ":6379" || r.Ops != ":8400" || r.Password != "" ||
		r.RequestBytes != requests || r.MaxKey != 64<<10 || r.MaxClients != 10000 || r.Log != (Log{}) {
		t.Errorf("settings %+v", r)
	}
}

func TestEachSettingIsFlagAndVariable(t *testing.T) {
	cases := []struct {
		flag, value string
		read        func(Router) any
		want        any
	}{
		{"servers", ":1", func(r Router) any { return r.Servers }, ":1"},
		{"clients", "[::1]:2", func(r Router) any { return r.Clients }, "[::1]:2"},
		{"ops", "127.0.0.1:0", func(r Router) any { return r.Ops }, "127.0.0.1:0"},
		{"number-of-servers", "7", func(r Router) any { return r.Core.Geometry.Servers }, uint16(7)},
		{"duplication", "2", func(r Router) any { return r.Core.Geometry.Duplication }, uint8(2)},
		{"databases", "5", func(r Router) any { return r.Core.Geometry.Databases }, uint16(5)},
		{"requirepass", "secret", func(r Router) any { return r.Password }, "secret"},
		{"max-key", "100B", func(r Router) any { return r.MaxKey }, 100},
		{"max-value", "1KiB", func(r Router) any { return r.Core.MaxValue }, int64(1024)},
		{"max-clients", "12", func(r Router) any { return r.MaxClients }, 12},
		{"durability", "none", func(r Router) any { return r.Core.Durability }, wire.DurabilityNone},
		{"sync-interval", "2s", func(r Router) any { return r.Core.SyncMillis }, int64(2000)},
		{"deadline", "1s", func(r Router) any { return r.Core.DeadlineMillis }, int64(1000)},
		{"heartbeat", "100ms", func(r Router) any { return r.Core.HeartbeatMillis }, int64(100)},
		{"away-after", "3s", func(r Router) any { return r.Core.AwayMillis }, int64(3000)},
		{"slow-after", "5", func(r Router) any { return r.Core.SlowMisses }, 5},
		{"slow-clean", "20s", func(r Router) any { return r.Core.SlowCleanMillis }, int64(20000)},
		{"sweep", "compare", func(r Router) any { return r.Core.SweepRepair }, false},
		{"sweep", "off", func(r Router) any { return r.Core.SweepMillis }, int64(0)},
		{"sweep-interval", "1m", func(r Router) any { return r.Core.SweepMillis }, int64(60000)},
		{"journal-budget", "2MiB", func(r Router) any { return r.Core.JournalBudget }, int64(2 << 20)},
		{"table-budget", "3MiB", func(r Router) any { return r.Core.TableBudget }, int64(3 << 20)},
		{"table-budget", "auto", func(r Router) any { return r.Core.TableBudget }, memoryLimit() / 4},
		{"large-budget", "10MiB", func(r Router) any { return r.Core.LargeBytes }, int64(5 << 20)},
		{"large-budget", "10MiB", func(r Router) any { return r.RequestBytes }, int64(5 << 20)},
		{"large-budget", "auto", func(r Router) any { return r.Core.LargeBytes + r.RequestBytes }, memoryLimit() / 4},
		{"answer-budget", "3MiB", func(r Router) any { return r.AnswerBytes }, int64(3 << 20)},
		{"answer-budget", "auto", func(r Router) any { return r.AnswerBytes }, min(memoryLimit()/16, 64<<20)},
		{"buffer-cap", "2GiB", func(r Router) any { return r.Core.BufferCap }, int64(2 << 30)},
		{"log", "console", func(r Router) any { return r.Log.Console }, true},
		{"log-level", "warn", func(r Router) any { return r.Log.Level.String() }, "warn"},
	}
	for _, c := range cases {
		t.Run(c.flag+"="+c.value, func(t *testing.T) {
			r, err := router(t, "--"+c.flag, c.value)
			if err != nil || c.read(r) != c.want {
				t.Errorf("flag gives %v, error %v, want %v", c.read(r), err, c.want)
			}
			t.Setenv("DS_"+strings.ToUpper(strings.ReplaceAll(c.flag, "-", "_")), c.value)
			r, err = router(t)
			if err != nil || c.read(r) != c.want {
				t.Errorf("variable gives %v, error %v, want %v", c.read(r), err, c.want)
			}
		})
	}
}

func TestFaults(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		name string
		args []string
		want []string // one a fault, in order
	}{
		{"number", []string{"--databases", "many"}, []string{`--databases (DS_DATABASES): "many" is not a whole number from 1 to 1024`}},
		{"range", []string{"--number-of-servers=65"}, []string{`--number-of-servers (DS_NUMBER_OF_SERVERS): "65" is not a whole number from 1 to 64`}},
		{"combination", []string{"--number-of-servers=2", "--duplication=2"}, []string{"each copy needs a server of its own"}},
		{"time", []string{"--deadline=5"}, []string{`"5" is not a time from 10ms to 1m0s, such as 500ms`}},
		{"size", []string{"--max-value=4MB"}, []string{`"4MB" is not a size from 1B to 64MiB, such as 4MiB`}},
		{"size overflow", []string{"--max-value=9999999999GiB"}, []string{"is not a size"}},
		{"address", []string{"--clients=6379"}, []string{`--clients (DS_CLIENTS): "6379" is not an address`}},
		{"port", []string{"--clients=:65536"}, []string{`port "65536" is not 0 … 65535`}},
		{"same address", []string{"--clients=:7400"}, []string{"--servers (DS_SERVERS): :7400 is also the address of --clients"}},
		{"durability", []string{"--durability=often"}, []string{`--durability (DS_DURABILITY): "often" is unknown: use always, interval, none`}},
		{"sync interval", []string{"--sync-interval=1ms"}, []string{`"1ms" is not a time from 10ms to 1h0m0s`}},
		{"folder", []string{"--data=" + file + "/sub"}, []string{"--data (DS_DATA): "}},
		{"away", []string{"--heartbeat=2s"}, []string{"below twice the heartbeat of 2s"}},
		{"cap", []string{"--buffer-cap=2MiB"}, []string{"below --max-value (4MiB)"}},
		{"large", []string{"--large-budget=2MiB"}, []string{"--large-budget (DS_LARGE_BUDGET): 2MiB is below --max-value (4MiB)"}},
		{"sweep", []string{"--sweep=maybe"}, []string{`--sweep (DS_SWEEP): "maybe" is unknown: use repair, compare, off`}},
		{"unknown flag", []string{"--colour=red"}, []string{"--colour=red is unknown"}},
		{"unknown word", []string{"walk", "--log=xml"}, []string{`"walk" is not understood`, `"xml" is unknown`}},
		{"no value", []string{"--log", "--databases=0", "--clients"}, []string{"--log lacks its value", "--clients lacks its value", `--databases (DS_DATABASES): "0"`}},
		{"several", []string{"--colour", "red", "--log=xml", "--shape=round", "--max-key=0", "--durability=often", "--ops=x", "--duplication=9"},
			[]string{"--colour is unknown", "--shape=round is unknown", `--ops (DS_OPS): "x"`, `"0" is not a size`,
				`--duplication (DS_DUPLICATION): "9"`, `"often" is unknown`, `--log (DS_LOG): "xml" is unknown`}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := router(t, c.args...)
			wantFaults(t, err, c.want)
		})
	}
}

func wantFaults(t *testing.T, err error, want []string) {
	t.Helper()
	list, ok := err.(*multierror.Error)
	if !ok {
		t.Fatalf("error %v", err)
	}
	if list.Len() != len(want) {
		t.Fatalf("%d faults, want %d: %v", list.Len(), len(want), err)
	}
	for i, w := range want {
		if !strings.Contains(list.Errors[i].Error(), w) {
			t.Errorf("fault %d is %q, want %q", i, list.Errors[i], w)
		}
		if !strings.Contains(err.Error(), w) {
			t.Errorf("the message does not say %q: %s", w, err)
		}
	}
}

func TestServer(t *testing.T) {
	dir := t.TempDir()
	s, command, err := ParseServer([]string{"--router=router:7400", "--number=2", "--data=" + dir}, "test", &bytes.Buffer{})
	if err != nil || command != Serve || s.Router != "router:7400" || s.Number != 2 || s.Ops != ":8400" || s.Data != dir {
		t.Errorf("settings %+v, command %d, error %v", s, command, err)
	}
	_, _, err = ParseServer([]string{"--data=" + dir, "--number=64"}, "test", &bytes.Buffer{})
	wantFaults(t, err, []string{"--router (DS_ROUTER): is missing", `--number (DS_NUMBER): "64" is not`})
	_, _, err = ParseServer([]string{"--data=" + dir, "--router=:7400"}, "test", &bytes.Buffer{})
	wantFaults(t, err, []string{`":7400" is not a host and port`, "--number (DS_NUMBER): is missing"})
}

func TestCommands(t *testing.T) {
	var out bytes.Buffer
	if _, c, err := ParseRouter([]string{"--version"}, "1.2.3", &out); c != Done || err != nil || out.String() != "router 1.2.3\n" {
		t.Errorf("command %d, error %v, output %q", c, err, out.String())
	}
	out.Reset()
	_, c, err := ParseServer([]string{"--help"}, "1.2.3", &out)
	if c != Done || err != nil {
		t.Errorf("command %d, error %v", c, err)
	}
	for _, want := range []string{"--number", "DS_NUMBER", "healthcheck", "/data", "--log-level", "Required"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("--help does not say %q:\n%s", want, out.String())
		}
	}
	t.Setenv("DS_OPS", ":9")
	t.Setenv("DS_NUMBER", "wrong")
	s, c, err := ParseServer([]string{"healthcheck"}, "1.2.3", &out)
	if c != Healthcheck || err != nil || s.Ops != ":9" {
		t.Errorf("command %d, error %v, settings %+v", c, err, s)
	}
	r, c, err := ParseRouter([]string{"healthcheck", "--ops=:10"}, "1.2.3", &out)
	if c != Healthcheck || err != nil || r.Ops != ":10" {
		t.Errorf("command %d, error %v, settings %+v", c, err, r)
	}
}

// A small machine has room for one of the largest values nevertheless.
func TestLargeBudgetOfASmallMachine(t *testing.T) {
	before := memoryLimit
	defer func() { memoryLimit = before }()
	memoryLimit = func() int64 { return 100 << 20 }
	r, err := router(t, "--max-value=64MiB")
	if err != nil || r.Core.LargeBytes+r.RequestBytes != 64<<20 {
		t.Errorf("%d for values read, %d for requests, %v", r.Core.LargeBytes, r.RequestBytes, err)
	}
}
