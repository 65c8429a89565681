package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/view"
)

const servers = 3

// cluster is a router and its servers, as processes of this one.
type cluster struct {
	folder       string
	clients, ops string
	links        string // where the router listens for servers
	router       *exec.Cmd
	servers      [servers]*exec.Cmd
	proxies      [servers]*proxy
	admin        *redis.Client
	own          bool // the folder was made for this run
}

// start builds the programs and waits until all servers are in sync.
func start(ctx context.Context, f *flags, routerFlags ...string) (*cluster, error) {
	c := &cluster{folder: f.Folder}
	var err error
	if c.folder == "" {
		c.own = true
		if c.folder, err = os.MkdirTemp("", "figures-"); err != nil {
			return nil, err
		}
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", c.folder+string(filepath.Separator), "./services/router", "./services/server")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("building the programs, from the root of the repository: %w", err)
	}
	c.clients, c.links, c.ops = freePort(), freePort(), freePort()
	c.router = c.command("router", append([]string{
		"--servers", c.links, "--clients", c.clients, "--ops", c.ops, "--data", filepath.Join(c.folder, "router.data"),
	}, routerFlags...)...)
	if err := c.router.Start(); err != nil {
		return c, err
	}
	for n := range servers {
		if c.proxies[n], err = newProxy(c.links); err != nil {
			return c, err
		}
		if err := c.startServer(n); err != nil {
			return c, err
		}
	}
	c.admin = redis.NewClient(&redis.Options{Addr: c.clients, MaxRetries: 20})
	return c, c.await(ctx, time.Minute, func(s []view.Server) bool {
		for i := range s {
			if s[i].State != "in-sync" {
				return false
			}
		}
		return true
	})
}

func freePort() string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// command is a program of the folder whose log goes to a file beside it.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(c.folder, name), args...)
	if log, err := os.OpenFile(filepath.Join(c.folder, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644); err == nil {
		cmd.Stderr = log // without one it goes nowhere
	}
	return cmd
}

func (c *cluster) data(n int) string {
	return filepath.Join(c.folder, fmt.Sprintf("server-%d.data", n))
}

func (c *cluster) startServer(n int) error {
	c.servers[n] = c.command("server", "--router", c.proxies[n].addr(), "--number", strconv.Itoa(n), "--ops", freePort(), "--data", c.data(n))
	return c.servers[n].Start()
}

// signal is sent to a server's process, by its id.
func (c *cluster) signal(n int, sig syscall.Signal) error { return c.servers[n].Process.Signal(sig) }

// kill ends a server as kill -9 does.
func (c *cluster) kill(n int) error {
	err := c.signal(n, syscall.SIGKILL)
	_ = c.servers[n].Wait() // it was killed: that is no news
	return err
}

// await waits until the servers are as wanted.
func (c *cluster) await(ctx context.Context, most time.Duration, wanted func([]view.Server) bool) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		if list, err := view.AskServers(ctx, c.admin); err == nil && len(list) == servers && wanted(list) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the servers did not come to be as wanted in %s: %w; logs are in %s", most, ctx.Err(), c.folder)
		case <-tick.C:
		}
	}
}

func (c *cluster) away(ctx context.Context, n int) error {
	return c.await(ctx, 30*time.Second, func(s []view.Server) bool { return s[n].State == "away" })
}

// metric is a number from the router's ops port.
func (c *cluster) metric(ctx context.Context, name string) (float64, error) {
	m, err := view.AskMetrics(ctx, c.ops)
	return m[name], err
}

// end kills what runs and removes the folder if it was made for this run.
func (c *cluster) end() {
	var err error
	for n, s := range c.servers {
		if s != nil && s.ProcessState == nil {
			err = errors.Join(err, c.kill(n))
		}
	}
	if c.router != nil && c.router.Process != nil {
		err = errors.Join(err, c.router.Process.Kill())
		_ = c.router.Wait()
	}
	for _, p := range c.proxies {
		if p != nil {
			p.close()
		}
	}
	if c.own {
		err = errors.Join(err, os.RemoveAll(c.folder))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "figures: ending the cluster:", err)
	}
}
