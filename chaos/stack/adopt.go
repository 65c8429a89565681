package stack

import (
	"context"
	"slices"
)

const (
	routerService = "router"
	adoptFile     = "chaos/adopt/compose.yml"
)

// Adopt makes the router anew, on its volume, and tells it to take over the servers of another journal. The router keeps
// the setting until EndAdoption.
func (s *Stack) Adopt(ctx context.Context) error {
	if len(s.files) == 0 {
		s.files = []string{"docker-compose.yml"}
	}
	s.files = append(s.files, adoptFile)
	return s.remakeRouter(ctx)
}

// EndAdoption makes the router anew without that setting, as an operator does: with it each start would wait for every server.
func (s *Stack) EndAdoption(ctx context.Context) error {
	s.files = slices.DeleteFunc(s.files, func(file string) bool { return file == adoptFile })
	return s.remakeRouter(ctx)
}

func (s *Stack) remakeRouter(ctx context.Context) error {
	if _, err := s.Compose(ctx, "rm", "-s", "-f", routerService); err != nil {
		return err
	}
	if _, err := s.Compose(ctx, "up", "-d", "--no-deps", routerService); err != nil {
		return err
	}
	return s.learn(ctx)
}
