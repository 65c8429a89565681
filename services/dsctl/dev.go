package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"github.com/distributedstorage/ds/embed"
)

type devCmd struct {
	Data            string `help:"Folder of all volumes; made if it is absent. The store in it is there again the next time." default:"ds-data" env:"DS_DATA" type:"path"`
	Clients         string `help:"Where clients speak the Redis protocol." default:"127.0.0.1:6379" env:"DS_CLIENTS"`
	Servers         string `help:"Where servers dial in; port 0 = a free one." default:"127.0.0.1:0" env:"DS_SERVERS"`
	Ops             string `help:"HTTP of the router for operators; empty = none." env:"DS_OPS"`
	NumberOfServers int    `help:"Servers, 1 … 64. Kept in every volume." default:"3" env:"DS_NUMBER_OF_SERVERS"`
	Duplication     int    `help:"Copies of a key beside the home one, 0 … 4. Kept in every volume." default:"1" env:"DS_DUPLICATION"`
	Databases       int    `help:"Databases that SELECT takes, 1 … 1024. Kept in every volume." default:"16" env:"DS_DATABASES"`
}

// stack is a router with its servers.
type stack struct {
	router  *embed.RouterNode
	servers []*embed.ServerNode
}

// Run starts the stack, says where it is, and stops it when the context ends or a part fails.
func (d *devCmd) Run(s *session) error {
	st := &stack{router: embed.Router(d.router(s.cli.Password))}
	defer st.turnOff()
	if err := st.start(d); err != nil {
		return err
	}
	at := addresses{Clients: st.router.ClientsAddr(), Servers: st.router.ServersAddr(), Ops: st.router.OpsAddr(), Data: d.Data}
	if err := s.show(at, func() { tableAddresses(s.out, at, d.NumberOfServers) }); err != nil {
		return err
	}
	err := st.wait(s.ctx, func(ctx context.Context) {
		if st.router.AwaitInSync(ctx) == nil {
			fmt.Fprintln(s.notes, "every server is in sync; Ctrl-C stops all of it")
		}
	})
	fmt.Fprintln(s.notes, "stopping")
	return err
}

func (d *devCmd) router(password string) embed.RouterConfig {
	duplication := d.Duplication
	if duplication == 0 {
		duplication = embed.NoDuplication
	}
	return embed.RouterConfig{
		Data: filepath.Join(d.Data, "router"), Clients: d.Clients, Servers: d.Servers, Ops: d.Ops, Password: password,
		NumberOfServers: d.NumberOfServers, Duplication: duplication, Databases: d.Databases,
	}
}

func (st *stack) start(d *devCmd) error {
	if err := st.router.Start(); err != nil {
		return err
	}
	for n := range d.NumberOfServers {
		server := embed.Server(embed.ServerConfig{
			Router: st.router.ServersAddr(), Number: n, Data: filepath.Join(d.Data, fmt.Sprint("server-", n)),
		})
		if err := server.Start(); err != nil {
			return err
		}
		st.servers = append(st.servers, server)
	}
	return nil
}

// wait returns nil when the context ends, or the error of a part that failed. It runs meanwhile beside.
func (st *stack) wait(ctx context.Context, meanwhile func(context.Context)) error {
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		meanwhile(ctx)
		return nil
	})
	group.Go(func() error { return st.router.Wait(ctx) })
	for _, s := range st.servers {
		group.Go(func() error { return s.Wait(ctx) })
	}
	return group.Wait()
}

// turnOff stops the router first, so that servers answer until no client waits any more.
func (st *stack) turnOff() {
	st.router.TurnOff()
	for _, s := range st.servers {
		s.TurnOff()
	}
}

// addresses is where the parts of a stack are.
type addresses struct {
	Clients string `json:"clients"`
	Servers string `json:"servers"`
	Ops     string `json:"ops,omitempty"`
	Data    string `json:"data"`
}

func tableAddresses(out io.Writer, a addresses, servers int) {
	fmt.Fprintf(out, "a router with %d servers on %s\n", servers, a.Data)
	columns(out, func(w io.Writer) {
		fmt.Fprintf(w, "clients\t%s\n", a.Clients)
		fmt.Fprintf(w, "servers\t%s\n", a.Servers)
		if a.Ops != "" {
			fmt.Fprintf(w, "ops\thttp://%s/metrics\n", a.Ops)
		}
	})
}
