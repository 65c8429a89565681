package client

import (
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
)

// Err is the base: errors.Is(err, Err) holds for every error of this package.
var Err = errors.New("distributed storage")

// What can go wrong. Match with errors.Is: most are wrapped in an error that says more.
var (
	// ErrNoKey: the answer is that there is no such key.
	ErrNoKey = fmt.Errorf("%w: no such key", Err)
	// ErrNoServer: no server that may speak for the key is up. Nothing was written.
	ErrNoServer = fmt.Errorf("%w: no server for the key", Err)
	// ErrNotArrived: no answer has come yet, or none was asked for.
	ErrNotArrived = fmt.Errorf("%w: no answer has arrived", Err)
	// ErrNoRouter: there is no connection to the router. Nothing was written.
	ErrNoRouter = fmt.Errorf("%w: no router", Err)
	// ErrBusy: the router is at a limit. Nothing was done; try again.
	ErrBusy = fmt.Errorf("%w: busy", Err)
	// ErrUnknown: the write may have happened.
	ErrUnknown = fmt.Errorf("%w: outcome unknown", Err)
	// ErrRotten: the record is damaged on every copy that could answer.
	ErrRotten = fmt.Errorf("%w: record damaged", Err)
	// ErrNotServing: the router must not serve, or not yet. Nothing was done.
	ErrNotServing = fmt.Errorf("%w: router does not serve", Err)
	// ErrAuth: the router wants a password, or another one.
	ErrAuth = fmt.Errorf("%w: not authenticated", Err)
	// ErrRefused: the router refuses the command; the text is the router's. Nothing was done.
	ErrRefused = fmt.Errorf("%w: refused", Err)
	// ErrFull: a bound of this client (QueueBytes, StoreBytes) is reached. Nothing was sent.
	ErrFull = fmt.Errorf("%w: client is full", Err)
	// ErrOff: the client was not started, or was turned off. Nothing was sent.
	ErrOff = fmt.Errorf("%w: client is off", Err)
	// ErrCanceled: the context ended first (it is wrapped too). The answer, if one comes, is dropped;
	// a write that was sent is ErrUnknown as well.
	ErrCanceled = fmt.Errorf("%w: gave up waiting", Err)
)

// kinds are the first words of the router's error replies. All others are ErrRefused.
var kinds = map[string]error{
	"NOSERVER":   ErrNoServer,
	"BUSY":       ErrBusy,
	"UNKNOWN":    ErrUnknown,
	"ROTTEN":     ErrRotten,
	"NOTSERVING": ErrNotServing,
	"NOAUTH":     ErrAuth,
	"WRONGPASS":  ErrAuth,
}

// translate makes a carrier's error one of this package. sent tells that bytes of the command may have left.
func translate(err error, write, sent bool) error {
	var reply redis.Error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, redis.Nil):
		return ErrNoKey
	case errors.Is(err, Err):
		return err
	case errors.As(err, &reply):
		return fromReply(reply.Error())
	case write && sent:
		return fmt.Errorf("%w: the connection failed before the answer: %w", ErrUnknown, err)
	}
	return fmt.Errorf("%w: %w", ErrNoRouter, err)
}

func fromReply(text string) error {
	word, _, _ := strings.Cut(text, " ")
	kind, known := kinds[word]
	if !known {
		kind = ErrRefused
	}
	return fmt.Errorf("%w: %s", kind, text)
}
