package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/distributedstorage/ds/chaos/stack"
)

func TestListSkipsLargeFiles(t *testing.T) {
	root := t.TempDir()
	for name, size := range map[string]int{"a.go": 3, "sub/b.go": 5, "sub/large": 11} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := list(root, 10)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"a.go", "sub/b.go"}; !slices.Equal(f.paths, want) || f.bytes != 8 || f.skipped != 1 {
		t.Errorf("listed %v, %d bytes, %d skipped; want %v, 8, 1", f.paths, f.bytes, f.skipped, want)
	}
	content, err := f.content("sub/b.go")
	if err != nil || len(content) != 5 {
		t.Errorf("content of sub/b.go: %d bytes, %v", len(content), err)
	}
}

func TestInsistRepeatsUntilPatienceEnds(t *testing.T) {
	d := &demo{settings: settings{Patience: time.Minute}}
	tries := 0
	err := d.insist(context.Background(), "k", func(context.Context) error {
		if tries++; tries < 3 {
			return errors.New("not yet")
		}
		return nil
	})
	if err != nil || tries != 3 || d.tally.retries.Load() != 2 {
		t.Errorf("%v after %d tries, %d repeated", err, tries, d.tally.retries.Load())
	}
	d.Patience = -time.Second
	bad := errors.New("never")
	if err := d.insist(context.Background(), "k", func(context.Context) error { return bad }); !errors.Is(err, bad) {
		t.Errorf("without patience: %v, want the last error", err)
	}
}

func TestScriptHoldsWritersUntilAStepIsOver(t *testing.T) {
	saved := steps
	defer func() { steps = saved }()
	release := make(chan struct{})
	var over atomic.Bool
	steps = []step{{10, "kill", []int{0}, func(*stack.Stack, context.Context, string) error {
		<-release
		over.Store(true)
		return nil
	}}}
	s := newScript(nil, 100)
	for out := range 15 {
		if err := s.turn(context.Background(), out); err != nil {
			t.Fatal(err)
		}
	}
	if s.doing == nil || over.Load() {
		t.Fatal("at 14 % the step is not under way")
	}
	close(release)
	if err := s.turn(context.Background(), 15); err != nil {
		t.Fatal(err)
	}
	if !over.Load() || s.doing != nil {
		t.Error("at 15 % the writers went on beside a step that is not over")
	}
}
