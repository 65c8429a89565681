package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/maintnotifications"
)

var errGone = errors.New("the connection was closed")

// carrier is one TCP connection spoken to by a Redis client library, which never opens another one and
// never sends anything twice: both are decided above it.
type carrier struct {
	rdb *redis.Client
}

// dial opens a connection and shakes hands (HELLO, AUTH, SELECT).
func dial(ctx context.Context, set *settings) (*carrier, error) {
	dialer := net.Dialer{Timeout: set.timeout}
	conn, err := dialer.DialContext(ctx, "tcp", set.addr)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoRouter, err)
	}
	var used atomic.Bool
	tr := &carrier{rdb: redis.NewClient(&redis.Options{
		Addr: set.addr, DB: set.database, Password: set.password,
		Dialer: func(context.Context, string, string) (net.Conn, error) {
			if used.Swap(true) {
				return gone{}, nil
			}
			return conn, nil
		},
		DialTimeout: set.timeout, ReadTimeout: set.timeout, WriteTimeout: set.timeout,
		MaxRetries: -1, DialerRetries: 1, PipelinePoolSize: -1, ConnMaxIdleTime: -1,
		// More than one, so that one refused dial does not start the library's own redialling.
		PoolSize:                 2,
		ContextTimeoutEnabled:    true,
		DisableIdentity:          true,
		MaintNotificationsConfig: &maintnotifications.Config{Mode: maintnotifications.ModeDisabled},
	})}
	if err := tr.rdb.Ping(ctx).Err(); err != nil {
		tr.close()
		_ = conn.Close() // the library may not have come to own it
		return nil, translate(err, false, false)
	}
	return tr, nil
}

// gone is what the library gets when it wants another connection: nothing can leave through it. (An error
// instead would have it write to the program's log.)
type gone struct{ net.Conn }

func (gone) Read([]byte) (int, error)         { return 0, errGone }
func (gone) Write([]byte) (int, error)        { return 0, errGone }
func (gone) Close() error                     { return nil }
func (gone) SetDeadline(time.Time) error      { return nil }
func (gone) SetReadDeadline(time.Time) error  { return nil }
func (gone) SetWriteDeadline(time.Time) error { return nil }
func (gone) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (gone) LocalAddr() net.Addr              { return &net.TCPAddr{} }

func (t *carrier) close() { _ = t.rdb.Close() }

func (t *carrier) ping() error { return t.rdb.Ping(context.Background()).Err() }

// exchange sends a batch in order and waits for the answers, which are then in the commands. sent tells
// that bytes may have left; the error is the connection's.
func (t *carrier) exchange(batch []*op) (sent bool, err error) {
	pipe := t.rdb.Pipeline()
	for _, o := range batch {
		_ = pipe.Process(context.Background(), o.cmd)
	}
	_, err = pipe.Exec(context.Background())
	var reply redis.Error
	if err == nil || errors.As(err, &reply) {
		// The first failing command's error: later ones may tell of the connection.
		return true, connectionError(batch)
	}
	return !errors.Is(err, errGone), err
}

func connectionError(batch []*op) error {
	var reply redis.Error
	err := batch[len(batch)-1].cmd.Err()
	if err == nil || errors.As(err, &reply) {
		return nil
	}
	return err
}
