package load

import (
	"context"
	"errors"
	"io"
	"net"
	"strings"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/history"
)

// classify says what a client may conclude from an error, and names its kind. What is not surely
// nothing done is unknown.
func classify(err error) (history.Outcome, string) {
	var reply redis.Error
	var timeout net.Error
	switch {
	case err == nil || errors.Is(err, redis.Nil):
		return history.OK, ""
	case errors.Is(err, errNotSent):
		return history.Failed, "no router"
	case errors.As(err, &reply):
		return classifyReply(reply.Error())
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return history.Unknown, "no answer"
	case errors.Is(err, io.EOF), errors.As(err, new(*net.OpError)):
		return history.Unknown, "cut off"
	}
	return history.Unknown, "other: " + err.Error()
}

func classifyReply(text string) (history.Outcome, string) {
	prefix, _, _ := strings.Cut(text, " ")
	switch prefix {
	case "NOSERVER", "BUSY", "NOTSERVING":
		return history.Failed, prefix
	case "UNKNOWN", "ROTTEN":
		return history.Unknown, prefix
	}
	return history.Unknown, "other: " + text
}
