package router

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/distributedstorage/ds/internal/coord"
)

// queryTimeout is how long the router's own questions to its core may take.
const queryTimeout = time.Second

var errNotServing = errors.New("the router is not serving yet")

// query is a connection of the router to itself, for one question.
type query struct{ answer chan queryAnswer }

type queryAnswer struct {
	code coord.ReplyCode
	body []byte
}

func (q query) Reply(r *coord.Reply, body []byte) {
	q.answer <- queryAnswer{r.Code, append([]byte(nil), body...)} // there is room for the one answer
}

func (query) Flush() {}

func (r *Router) ask(ctx context.Context, op coord.Op) ([]byte, error) {
	if !r.isServing() {
		return nil, errNotServing
	}
	q := query{answer: make(chan queryAnswer, 1)}
	conn := r.Attach(q)
	defer r.Detach(conn)
	r.step([]coord.Input{{Kind: coord.InRequest, Op: op, Conn: conn}})
	select {
	case a := <-q.answer:
		if a.code == coord.ReplyFault {
			return nil, errors.New("the core refused the question")
		}
		return a.body, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Servers is the state of every server, as DS SERVERS gives it.
func (r *Router) Servers(ctx context.Context) ([]coord.ServerStatus, error) {
	body, err := r.ask(ctx, coord.OpServers)
	if err != nil {
		return nil, err
	}
	return coord.DecodeServers(body)
}

// Convergence is what DS CONVERGED gives.
func (r *Router) Convergence(ctx context.Context) (coord.Convergence, error) {
	body, err := r.ask(ctx, coord.OpConverged)
	if err != nil {
		return coord.Convergence{}, err
	}
	return coord.DecodeConvergence(body)
}

// Healthy implements ops.Probe: the journal is open and takes writes, and it is the one that the servers know.
func (r *Router) Healthy() error {
	select {
	case <-r.failed:
		return r.failure
	default:
	}
	if !r.isServing() {
		return errNotServing
	}
	if err := r.broken(); err != nil {
		return err
	}
	r.mu.Lock()
	standing := r.mu.core.Standing()
	r.mu.Unlock()
	return describe(&standing)
}

// Ready implements ops.Probe: every server has a session, or is known to be away since it last had one.
func (r *Router) Ready() error {
	if err := r.Healthy(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), queryTimeout)
	defer cancel()
	servers, err := r.Servers(ctx)
	if err != nil {
		return err
	}
	var missing []error
	for i := range servers {
		if servers[i].State == coord.Away && servers[i].Store.IsZero() {
			missing = append(missing, fmt.Errorf("server %d was never there", servers[i].Number))
		}
	}
	return errors.Join(missing...)
}

func (r *Router) isServing() bool {
	select {
	case <-r.serving:
		return true
	default:
		return false
	}
}
