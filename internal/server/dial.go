package server

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"time"

	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/wire"
)

// dialForever has one link after the other until ctx ends or the volume fails.
func (s *Server) dialForever(ctx context.Context) {
	delay := s.cfg.RetryFirst
	for {
		stood, err := s.oneLink(ctx)
		var (
			failed  *replica.StoreError
			refused *replica.Refused
		)
		if errors.As(err, &failed) {
			s.fail(err)
			return
		}
		if ctx.Err() != nil {
			return
		}
		s.ends(err)
		switch {
		case errors.As(err, &refused) && refused.Code != wire.NotServing:
			s.refuse(err)
			delay = s.cfg.RetryMost
		case stood:
			delay = s.cfg.RetryFirst
		}
		if !pause(ctx, jitter(delay)) {
			return
		}
		delay = min(2*delay, s.cfg.RetryMost)
	}
}

// jitter takes away up to half, so that servers that lost the router together come back apart.
func jitter(d time.Duration) time.Duration { return d - rand.N(d/2+1) }

// pause waits; it tells whether ctx goes on.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// oneLink dials and stays until the link's end. When it returns the connection is closed and
// everything that used it has ended. stood tells that there was a session.
func (s *Server) oneLink(ctx context.Context) (stood bool, err error) {
	dialer := net.Dialer{Timeout: dialTimeout, KeepAliveConfig: net.KeepAliveConfig{
		Enable: true, Idle: 5 * time.Second, Interval: time.Second, Count: 5,
	}}
	conn, err := dialer.DialContext(ctx, "tcp", s.cfg.Router)
	if err != nil {
		return false, fmt.Errorf("the router can't be reached: %w", err)
	}
	return s.serve(ctx, conn)
}

// serve has a connection from its hello to its end.
func (s *Server) serve(ctx context.Context, conn net.Conn) (stood bool, err error) {
	c := s.newConnection(conn)
	committed := make(chan error, 1)
	go func() { committed <- c.commitUntilOver() }()
	unwatch := context.AfterFunc(ctx, c.stop)
	err = c.read()
	unwatch()
	if ctx.Err() == nil {
		c.out.Close() // at once: the router is to know, even if a sync is under way
	}
	close(c.wake)
	failed := <-committed
	if ctx.Err() != nil && failed == nil {
		failed = c.farewell()
	}
	c.out.Close()
	if failed != nil {
		err = failed
	}
	return c.stood, err
}
