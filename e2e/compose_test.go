package e2e

import (
	"context"
	"testing"
	"time"

	"github.com/distributedstorage/ds/chaos/audit"
	"github.com/distributedstorage/ds/chaos/load"
	"github.com/distributedstorage/ds/chaos/stack"
)

// TestCompose brings docker-compose.yml up as a user does, loses a server, and takes it down and up again.
func TestCompose(t *testing.T) {
	story(t)
	ctx := context.Background()
	project, err := stack.New(ctx, "..", "ds-e2e")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := project.Destroy(ctx); err != nil {
			t.Error(err)
		}
	})
	bring := func() {
		t.Helper()
		must(t, project.Up(ctx))
		client := load.Client(project.Clients, 0)
		defer client.Close()
		must(t, audit.AllInSync(ctx, client, servers, patience))
		allHealthy(t, project)
	}
	bring()
	client := load.Client(project.Clients, 0)
	defer client.Close()
	must(t, client.Set(ctx, "greeting", "hello", 0).Err())
	must(t, project.Kill(ctx, "server-0"))
	must(t, project.Kill(ctx, "server-1"))
	must(t, client.Set(ctx, "another", "while two are away", 0).Err())
	must(t, project.Down(ctx, false))

	bring()
	must(t, audit.Converged(ctx, client, time.Now(), patience))
	for key, want := range map[string]string{"greeting": "hello", "another": "while two are away"} {
		if got, err := client.Get(ctx, key).Result(); err != nil || got != want {
			t.Errorf("after down and up %s reads %q, %v", key, got, err)
		}
	}
}

// allHealthy waits until Docker calls every container healthy.
func allHealthy(t *testing.T, project *stack.Stack) {
	t.Helper()
	for _, service := range project.Services() {
		must(t, audit.Until(context.Background(), patience, service+" is healthy", func(ctx context.Context) (bool, string) {
			health, err := project.Health(ctx, service)
			return health == "healthy", health + " " + errorText(err)
		}))
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
