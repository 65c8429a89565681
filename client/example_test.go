package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/embed"
)

// store starts a router with two servers, for the examples, and waits until both are there.
func store(ctx context.Context) (addr string, turnOff func()) {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	router := embed.Router(embed.RouterConfig{Data: filepath.Join(dir, "router"), NumberOfServers: 2})
	if err := router.Start(); err != nil {
		log.Fatal(err)
	}
	var servers []*embed.ServerNode
	for n := range 2 {
		s := embed.Server(embed.ServerConfig{Router: router.ServersAddr(), Number: n, Data: filepath.Join(dir, fmt.Sprint("server-", n))})
		if err := s.Start(); err != nil {
			log.Fatal(err)
		}
		servers = append(servers, s)
	}
	if err := router.AwaitInSync(ctx); err != nil {
		log.Fatal(err)
	}
	return router.ClientsAddr(), func() {
		router.TurnOff()
		for _, s := range servers {
			s.TurnOff()
		}
		os.RemoveAll(dir)
	}
}

// Sends return at once; the answers wait in the client until they are taken.
func Example() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	addr, turnOff := store(ctx)
	defer turnOff()

	c := client.New(addr, client.Database(1))
	defer c.TurnOff()
	if err := c.Start(ctx); err != nil {
		log.Fatal(err)
	}

	c.SendSet("planet", []byte("Earth"))
	c.SendGet("planet")
	c.SendGet("star")
	c.SendGetKeys()

	planet, err := c.Wait(ctx, "planet")
	fmt.Printf("planet: %s, %v\n", planet, err)
	_, err = c.Wait(ctx, "star")
	fmt.Println("star:", errors.Is(err, client.ErrNoKey))
	keys, err := c.WaitKeys(ctx)
	fmt.Println("keys:", keys, err)
	_, err = c.Get("planet") // it was taken
	fmt.Println("again:", errors.Is(err, client.ErrNotArrived))

	// Output:
	// planet: Earth, <nil>
	// star: true
	// keys: [planet] <nil>
	// again: true
}

// Calls with a context return with the answer.
func ExampleClient_Set() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	addr, turnOff := store(ctx)
	defer turnOff()

	c := client.New(addr)
	defer c.TurnOff()
	if err := c.Start(ctx); err != nil {
		log.Fatal(err)
	}
	for _, key := range []string{"a", "b"} {
		if err := c.Set(ctx, key, []byte("value of "+key)); err != nil {
			log.Fatal(err)
		}
	}
	value, err := c.Fetch(ctx, "a")
	fmt.Printf("%s, %v\n", value, err)
	keys, err := c.List(ctx)
	slices.Sort(keys)
	fmt.Println(keys, err)
	was, err := c.Delete(ctx, "a")
	fmt.Println(was, err)
	_, err = c.Fetch(ctx, "a")
	fmt.Println(errors.Is(err, client.ErrNoKey), errors.Is(err, client.Err))

	// Output:
	// value of a, <nil>
	// [a b] <nil>
	// true <nil>
	// true true
}

// Many writes are sent one behind the other; Settle tells whether all of them are stored.
func ExampleClient_Settle() {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	addr, turnOff := store(ctx)
	defer turnOff()

	c := client.New(addr)
	defer c.TurnOff()
	if err := c.Start(ctx); err != nil {
		log.Fatal(err)
	}
	for i := range 1000 {
		if err := c.SendSet(fmt.Sprint("key ", i), []byte("value")); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Println("stored:", c.Settle(ctx) == nil)

	// Output:
	// stored: true
}

// Without a router, sends fail at once; the client finds the router when it is there.
func ExampleClient_Start() {
	c := client.New("127.0.0.1:1")
	defer c.TurnOff()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	fmt.Println(errors.Is(c.Start(ctx), client.ErrNoRouter))
	fmt.Println(errors.Is(c.SendGet("k"), client.ErrNoRouter))

	// Output:
	// true
	// true
}
