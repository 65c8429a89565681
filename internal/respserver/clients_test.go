package respserver

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/internal/respserver/difftest"
)

// runProgram runs a program against the port and gives what it printed.
func runProgram(t *testing.T, stdin, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin = strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

func wantLines(t *testing.T, out string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(out, w) {
			t.Errorf("no %q in:\n%s", w, out)
		}
	}
}

func TestRedisCLI(t *testing.T) {
	cli := difftest.Need(t, "redis-cli", "redis-tools")
	s, _ := startPort(t, nil)
	port := strconv.Itoa(s.port())
	run := func(stdin string, args ...string) string {
		return runProgram(t, stdin, cli, append([]string{"-p", port}, args...)...)
	}
	// At start it asks for COMMAND DOCS where it talks to people.
	out := run("SET a 1\nGET a\nINCR a\nSELECT 3\nDBSIZE\nFOO bar\nCOMMAND DOCS get\nHELP GET\n", "--no-auth-warning")
	wantLines(t, out, "OK\n", "1\n", "2\n", "ERR unknown command 'FOO'", "Get the value of a key")
	wantLines(t, run("HELLO 3\nGET none\nDS CONVERGED\n", "-3"), "server", "converged")

	var mass strings.Builder
	for i := range 3000 {
		mass.Write([]byte("*3\r\n$3\r\nSET\r\n$8\r\nkey:" + strconv.Itoa(1000+i) + "\r\n$1\r\nv\r\n"))
	}
	wantLines(t, run(mass.String(), "--pipe"), "errors: 0, replies: 3000")
	keys := strings.Fields(run("", "--scan", "--pattern", "key:*"))
	if slices.Sort(keys); len(slices.Compact(keys)) != 3000 {
		t.Errorf("--scan finds %d keys of 3000", len(keys))
	}
	wantLines(t, run("", "--bigkeys"), "Sampled 3001 keys in the keyspace")
	wantLines(t, run("", "INFO", "server"), "redis_version:7.2.", "redis_mode:standalone")
	wantLines(t, run("", "-n", "2", "--raw", "SET", "x", "y"), "OK")
	wantLines(t, run("", "-n", "2", "--raw", "GET", "x"), "y")
	wantLines(t, run("", "--latency", "--raw", "-i", "1"), " ")
}

func TestRedisCLIPassword(t *testing.T) {
	cli := difftest.Need(t, "redis-cli", "redis-tools")
	s, _ := startPort(t, func(c *Config) { c.Password = "secret" })
	port := strconv.Itoa(s.port())
	wantLines(t, runProgram(t, "", cli, "-p", port, "PING"), "NOAUTH Authentication required.")
	wantLines(t, runProgram(t, "", cli, "-p", port, "-a", "secret", "--no-auth-warning", "PING"), "PONG")
	wantLines(t, runProgram(t, "", cli, "-3", "-p", port, "-a", "secret", "--no-auth-warning", "PING"), "PONG")
}

func TestRedisBenchmark(t *testing.T) {
	program := difftest.Need(t, "redis-benchmark", "redis-tools")
	s, _ := startPort(t, nil)
	for _, pipeline := range []string{"1", "16"} {
		out := runProgram(t, "", program, "-p", strconv.Itoa(s.port()), "-n", "5000", "-P", pipeline, "-r", "1000",
			"-t", "ping,set,get,incr,mset", "--csv")
		wantLines(t, out, `"PING_INLINE"`, `"PING_MBULK"`, `"SET"`, `"GET"`, `"INCR"`, `"MSET (10 keys)"`)
		if strings.Contains(out, "WARNING") || strings.Contains(out, "rror") {
			t.Errorf("it complains:\n%s", out)
		}
	}
}

func TestGoRedis(t *testing.T) {
	for _, protocol := range []int{2, 3} {
		t.Run("RESP"+strconv.Itoa(protocol), func(t *testing.T) {
			s, _ := startPort(t, func(c *Config) { c.Password = "secret" })
			db := redis.NewClient(&redis.Options{Addr: s.Addr().String(), Protocol: protocol, Password: "secret", ClientName: "me", DB: 2})
			defer db.Close()
			goRedis(t, db)
		})
	}
}

func goRedis(t *testing.T, db *redis.Client) {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	ok(db.Set(ctx, "a", "1", time.Hour).Err())
	if v, err := db.Get(ctx, "a").Result(); v != "1" || err != nil {
		t.Errorf("GET gives %q, %v", v, err)
	}
	if _, err := db.Get(ctx, "none").Result(); !errors.Is(err, redis.Nil) {
		t.Errorf("GET of nothing gives %v", err)
	}
	if d := db.TTL(ctx, "a").Val(); d < 59*time.Minute || d > time.Hour {
		t.Errorf("TTL gives %v", d)
	}
	if n := db.IncrBy(ctx, "a", 41).Val(); n != 42 {
		t.Errorf("INCRBY gives %d", n)
	}
	ok(db.MSet(ctx, "b", "2", "c", "3").Err())
	if v := db.MGet(ctx, "b", "none", "c").Val(); !slices.Equal(v, []any{"2", nil, "3"}) {
		t.Errorf("MGET gives %v", v)
	}
	pipe := db.Pipeline()
	for i := range 500 {
		pipe.Set(ctx, "p:"+strconv.Itoa(i), i, 0)
	}
	_, err := pipe.Exec(ctx)
	ok(err)
	found := map[string]bool{}
	for it := db.Scan(ctx, 0, "p:*", 20).Iterator(); it.Next(ctx); {
		found[it.Val()] = true
	}
	if len(found) != 500 {
		t.Errorf("SCAN finds %d of 500", len(found))
	}
	if n := db.DBSize(ctx).Val(); n != 503 {
		t.Errorf("DBSIZE gives %d", n)
	}
	if v := db.SetArgs(ctx, "b", "9", redis.SetArgs{Mode: "NX", Get: true}).Val(); v != "2" {
		t.Errorf("SET NX GET gives %q", v)
	}
	if info := db.Info(ctx, "server").Val(); !strings.Contains(info, "redis_version") {
		t.Errorf("INFO gives %q", info)
	}
	if cfg := db.ConfigGet(ctx, "databases").Val(); cfg["databases"] != "16" {
		t.Errorf("CONFIG GET gives %v", cfg)
	}
	if name := db.ClientGetName(ctx).Val(); name != "me" {
		t.Errorf("the client is called %q", name)
	}
	if cmds, err := db.Command(ctx).Result(); err != nil || cmds["get"] == nil || !cmds["get"].ReadOnly {
		t.Errorf("COMMAND gives %v, %v", cmds["get"], err)
	}
	ok(db.FlushDB(ctx).Err())
	if n := db.Exists(ctx, "a", "b").Val(); n != 0 {
		t.Errorf("%d keys after FLUSHDB", n)
	}
}

// python gives an interpreter that has the redis package.
func python(t *testing.T) string {
	t.Helper()
	for _, p := range []string{"python3", "/usr/bin/python3"} {
		if exec.Command(p, "-c", "import redis").Run() == nil {
			return p
		}
	}
	if os.Getenv("CI") == "true" {
		t.Fatal("python3 with redis is missing: install the package python3-redis")
	}
	t.Skip("skipped: python3 with redis is missing (package python3-redis)")
	return ""
}

const pythonProgram = `
import sys, redis
for kw in ({}, {"protocol": 3}):
    try:
        r = redis.Redis(port=int(sys.argv[1]), decode_responses=True, client_name="py", **kw)
    except TypeError:
        continue  # too old for protocol 3
    r.flushall()
    assert r.set("a", 1, ex=100) is True
    assert r.get("a") == "1" and r.get("none") is None
    assert r.incr("a") == 2 and 0 < r.ttl("a") <= 100
    assert r.set("a", 5, nx=True) is None
    r.mset({"b": 2, "c": 3})
    assert r.mget("b", "x", "c") == ["2", None, "3"]
    with r.pipeline(transaction=False) as p:
        for i in range(300):
            p.set("k:%d" % i, i)
        assert all(p.execute())
    assert len(list(r.scan_iter("k:*"))) == 300
    assert sorted(r.keys("[bc]")) == ["b", "c"] and r.dbsize() == 303
    assert r.delete("b", "c", "x") == 2 and r.exists("a", "b") == 1
    assert r.type("a") == "string" and r.persist("a") and r.ttl("a") == -1
    assert r.info()["redis_mode"] == "standalone"
    assert r.config_get("maxmemory")["maxmemory"] == "0" and r.config_set("save", "")
    assert r.client_getname() == "py" and len(r.client_list()) >= 1
    try:
        r.execute_command("LPUSH", "l", 1)
        raise SystemExit("LPUSH was taken")
    except redis.ResponseError as e:
        assert "unknown command" in str(e), e
    assert r.getdel("a") == "2" and r.flushdb()
print("all good")
`

func TestPythonRedis(t *testing.T) {
	interpreter := python(t)
	s, _ := startPort(t, nil)
	wantLines(t, runProgram(t, "", interpreter, "-c", pythonProgram, strconv.Itoa(s.port())), "all good")
}
