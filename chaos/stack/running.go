package stack

import (
	"context"
	"fmt"
	"os"
)

// Running is the project that runs on the docker-compose.yml of the folder under compose's own name for it,
// as `make up` starts it. It is not this program's: never Destroy it.
func Running(ctx context.Context, dir, clients, ops string) (*Stack, error) {
	compose, err := composeCommand(ctx)
	if err != nil {
		return nil, err
	}
	s := &Stack{Clients: clients, Ops: ops, dir: dir, compose: compose, ids: map[string]string{}, env: os.Environ()}
	if err := s.learn(ctx); err != nil {
		return nil, err
	}
	for service, id := range s.ids {
		if id == "" {
			return nil, fmt.Errorf("there is no container of %s", service)
		}
	}
	return s, nil
}
