package load

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/redis/go-redis/v9"
)

// errNotSent marks a fault before the command left: the connection was not made.
var errNotSent = errors.New("no connection to the router")

// ReplyTimeout is how long a client waits for an answer: well above the store's own deadline of 500 ms.
const ReplyTimeout = 3 * time.Second

// Client is a connection that never sends anything twice. Docker's proxy accepts connections for a
// router that is not there yet, so a new connection proves itself by a PING before it carries a command.
func Client(address string, database int) *redis.Client {
	return redis.NewClient(&redis.Options{
		Addr: address, DB: database,
		MaxRetries: -1, DialerRetries: 1,
		ReadTimeout: ReplyTimeout, WriteTimeout: ReplyTimeout,
		PoolSize: 1, ContextTimeoutEnabled: true, DisableIdentity: true,
		Dialer: dial,
	})
}

func dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, network, address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errNotSent, err)
	}
	if err := ping(conn); err != nil {
		conn.Close()
		return nil, fmt.Errorf("%w: %w", errNotSent, err)
	}
	return conn, nil
}

func ping(conn net.Conn) error {
	if err := conn.SetDeadline(time.Now().Add(ReplyTimeout)); err != nil {
		return err
	}
	if _, err := conn.Write([]byte("PING\r\n")); err != nil {
		return err
	}
	line, err := bufio.NewReaderSize(conn, 16).ReadString('\n') // the reply is all there is to read
	if err != nil {
		return err
	}
	if line != "+PONG\r\n" {
		return fmt.Errorf("PING was answered %q", line)
	}
	return conn.SetDeadline(time.Time{})
}
