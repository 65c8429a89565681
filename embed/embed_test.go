package embed_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/embed"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A whole store in one process: a router, its servers, a client.
func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()

	router := embed.Router(embed.RouterConfig{Data: filepath.Join(dir, "router"), NumberOfServers: 2})
	if err := router.Start(); err != nil {
		log.Fatal(err)
	}
	defer router.TurnOff()
	for n := range 2 {
		server := embed.Server(embed.ServerConfig{
			Router: router.ServersAddr(), Number: n, Data: filepath.Join(dir, fmt.Sprint("server-", n)),
		})
		if err := server.Start(); err != nil {
			log.Fatal(err)
		}
		defer server.TurnOff()
	}
	if err := router.AwaitInSync(ctx); err != nil {
		log.Fatal(err)
	}

	c := client.New(router.ClientsAddr())
	defer c.TurnOff()
	if err := c.Start(ctx); err != nil {
		log.Fatal(err)
	}
	fmt.Println(c.Set(ctx, "greeting", []byte("hello")))
	value, err := c.Fetch(ctx, "greeting")
	fmt.Printf("%s %v\n", value, err)

	// Output:
	// <nil>
	// hello <nil>
}

func TestFaultsAreReportedTogether(t *testing.T) {
	err := embed.Router(embed.RouterConfig{NumberOfServers: 2, Duplication: 2, Databases: 5000, AwayAfter: time.Millisecond}).Start()
	if err == nil {
		t.Fatal("it started")
	}
	for _, want := range []string{"no Data", "duplication is 2 with 2 servers", "databases is 5000", "AwayAfter is 1 ms"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
	err = embed.Server(embed.ServerConfig{Number: -1}).Start()
	for _, want := range []string{"no Data", "no Router", "Number is -1"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in: %v", want, err)
		}
	}
}

func TestStartsAgainWhereItWas(t *testing.T) {
	r := embed.Router(embed.RouterConfig{Data: t.TempDir(), Ops: "127.0.0.1:0"})
	if r.Running() || r.Healthy() == nil {
		t.Error("it runs before Start")
	}
	var before [3]string
	for i := range 2 {
		check(t, r.Start())
		now := [3]string{r.ClientsAddr(), r.ServersAddr(), r.OpsAddr()}
		if i > 0 && now != before {
			t.Errorf("it listens at %v, before at %v", now, before)
		}
		before = now
		if r.Start() == nil {
			t.Error("it started twice")
		}
		if status, body := get(t, r.OpsAddr(), "/healthz"); status != http.StatusOK {
			t.Errorf("healthz: %d %s", status, body)
		}
		if status, body := get(t, r.OpsAddr(), "/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, "server 0") {
			t.Errorf("readyz without servers: %d %s", status, body)
		}
		r.TurnOff()
		r.TurnOff()
	}
}

func TestAnotherGeometryIsRefused(t *testing.T) {
	dir := t.TempDir()
	r := embed.Router(embed.RouterConfig{Data: dir})
	check(t, r.Start())
	r.TurnOff()
	err := embed.Router(embed.RouterConfig{Data: dir, NumberOfServers: 5}).Start()
	if err == nil || !strings.Contains(err.Error(), "3 servers") {
		t.Errorf("5 servers on a volume of 3: %v", err)
	}
}

func TestNoDuplication(t *testing.T) {
	r := embed.Router(embed.RouterConfig{Data: t.TempDir(), NumberOfServers: 1, Duplication: embed.NoDuplication, Password: "secret"})
	check(t, r.Start())
	defer r.TurnOff()
	s := embed.Server(embed.ServerConfig{Router: r.ServersAddr(), Data: t.TempDir(), Ops: "127.0.0.1:0"})
	check(t, s.Start())
	defer s.TurnOff()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	check(t, r.AwaitInSync(ctx))
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for status := 0; status != http.StatusOK; { // the server hears of its session after the router
		select {
		case <-tick.C:
			status, _ = get(t, s.OpsAddr(), "/readyz")
		case <-ctx.Done():
			t.Fatal("the server is never ready")
		}
	}
	c := client.New(r.ClientsAddr(), client.Password("secret"))
	defer c.TurnOff()
	check(t, c.Start(ctx))
	check(t, c.Set(ctx, "k", nil))
	if why, err := c.Why(ctx, "k"); err != nil || len(why.Copies) != 1 {
		t.Errorf("%+v, %v", why, err)
	}
}

func get(t *testing.T, addr, path string) (int, string) {
	t.Helper()
	web := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	r, err := web.Get("http://" + addr + path)
	check(t, err)
	defer r.Body.Close()
	body, err := io.ReadAll(r.Body)
	check(t, err)
	return r.StatusCode, string(body)
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
