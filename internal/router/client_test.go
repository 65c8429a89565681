package router

import (
	"bufio"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/distributedstorage/ds/internal/coord"
)

// TestClientThroughTheRouter takes one client through the port, the core and three servers.
func TestClientThroughTheRouter(t *testing.T) {
	cfg := testConfig(vfs.NewMem())
	registry := prometheus.NewRegistry()
	cfg.Metrics, cfg.Password, cfg.MaxKey = registry, "secret", 8
	r := startReal(t, cfg)
	for n := range 3 {
		startServer(t, r, n)
	}
	awaitServers(t, r, coord.InSync)
	conn, err := net.Dial("tcp", r.ClientsAddr())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	replies := bufio.NewReader(conn)
	for _, c := range []struct{ command, want string }{
		{"GET k", "-NOAUTH"},
		{"AUTH secret", "+OK"},
		{"GET k", "$-1"},
		{"SET k v", "+OK"},
		{"GET k", "$1|v"},
		{"DEL k", ":1"},
		{"SET much-too-long v", "-ERR"},
		{"SELECT 16", "-ERR"},
		{"PING", "+PONG"},
	} {
		fmt.Fprintf(conn, "%s\r\n", c.command)
		var got []string
		for range strings.Split(c.want, "|") {
			line, err := replies.ReadString('\n')
			if err != nil {
				t.Fatalf("%s: %v", c.command, err)
			}
			got = append(got, strings.TrimSpace(line))
		}
		if !strings.HasPrefix(strings.Join(got, "|"), c.want) {
			t.Errorf("%s answers %q, want %q", c.command, got, c.want)
		}
	}
	if n := counters(t, registry)["ds_commands_total"]; n != 9 {
		t.Errorf("ds_commands_total is %v", n)
	}
	r.TurnOff()
	if _, err := replies.ReadByte(); err == nil {
		t.Error("the connection outlived the router")
	}
}
