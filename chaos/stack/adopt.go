package stack

import "context"

// Adopt makes the router anew, on its volume, and tells it to take over the servers of another journal. The router keeps
// the setting for the rest of the project's life.
func (s *Stack) Adopt(ctx context.Context) error {
	if _, err := s.Compose(ctx, "rm", "-s", "-f", routerService); err != nil {
		return err
	}
	if len(s.files) == 0 {
		s.files = []string{"docker-compose.yml"}
	}
	s.files = append(s.files, "chaos/adopt/compose.yml")
	if _, err := s.Compose(ctx, "up", "-d", "--no-deps", routerService); err != nil {
		return err
	}
	return s.learn(ctx)
}

const routerService = "router"
