package main

import (
	"context"

	"golang.org/x/sync/errgroup"

	"github.com/distributedstorage/ds/chaos/stack"
)

// step is something done to servers while the writers go on.
type step struct {
	percent int // of the files handed out when it begins
	what    string
	servers []int
	do      func(*stack.Stack, context.Context, string) error
}

// steps: one server, another, then both servers of a third of the keys (a key's copies are on neighbours).
var steps = []step{
	{10, "kill", []int{1}, (*stack.Stack).Kill},
	{30, "start", []int{1}, (*stack.Stack).Start},
	{40, "kill", []int{2}, (*stack.Stack).Kill},
	{60, "start", []int{2}, (*stack.Stack).Start},
	{70, "kill", []int{0, 1}, (*stack.Stack).Kill},
	{90, "start", []int{0, 1}, (*stack.Stack).Start},
}

// headway is how many percent of the files go out while a step is under way; past them
// the writers wait for it, so that every step has writes before, during and after it.
const headway = 5

// script plays the steps beside the writers.
type script struct {
	stack *stack.Stack
	total int
	next  int        // step that begins next
	doing chan error // of the step under way, nil if there is none
	until int        // files handed out by when it must be over
}

func newScript(s *stack.Stack, total int) *script { return &script{stack: s, total: total} }

// turn is told how many files were handed out.
func (s *script) turn(ctx context.Context, out int) error {
	if s.doing != nil && out >= s.until {
		if err := s.rest(ctx); err != nil {
			return err
		}
	}
	if s.doing == nil && s.next < len(steps) && out >= steps[s.next].percent*s.total/100 {
		s.begin(ctx, steps[s.next])
		s.next++
		s.until = out + headway*s.total/100
	}
	return nil
}

// rest waits for the step under way.
func (s *script) rest(ctx context.Context) error {
	if s.doing == nil {
		return nil
	}
	select {
	case err := <-s.doing:
		s.doing = nil
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *script) begin(ctx context.Context, st step) {
	s.doing = make(chan error, 1)
	go func(done chan<- error) {
		var all errgroup.Group
		for _, server := range st.servers {
			all.Go(func() error {
				say("%s %s", st.what, service(server))
				return st.do(s.stack, ctx, service(server))
			})
		}
		done <- all.Wait()
	}(s.doing)
}
