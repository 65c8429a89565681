package client

import (
	"fmt"

	"github.com/redis/go-redis/v9"
)

func newQuestion(args []any) *redis.Cmd {
	return redis.NewCmd(background, append([]any{"ds"}, args...)...)
}

// fields reads a map, as RESP3 or (flat) as RESP2 has it.
type fields map[string]any

func decodeFields(v any) (fields, error) {
	f := fields{}
	switch v := v.(type) {
	case map[any]any:
		for k, x := range v {
			f[fmt.Sprint(k)] = x
		}
	case []any:
		if len(v)%2 != 0 {
			return nil, errShape("map", v)
		}
		for i := 0; i < len(v); i += 2 {
			f[fmt.Sprint(v[i])] = v[i+1]
		}
	default:
		return nil, errShape("map", v)
	}
	return f, nil
}

func (f fields) number(name string) int64 {
	switch n := f[name].(type) {
	case int64:
		return n
	case bool:
		if n {
			return 1
		}
	}
	return 0
}

func (f fields) numberOrNil(name string) *int64 {
	if n, ok := f[name].(int64); ok {
		return &n
	}
	return nil
}

func (f fields) text(name string) string {
	if f[name] == nil {
		return ""
	}
	return fmt.Sprint(f[name])
}

func (f fields) textOrNil(name string) *string {
	if f[name] == nil {
		return nil
	}
	s := f.text(name)
	return &s
}

// list decodes each element of an array.
func list[T any](v any, one func(any) (T, error)) ([]T, error) {
	items, ok := v.([]any)
	if !ok {
		return nil, errShape("array", v)
	}
	out := make([]T, 0, len(items))
	for _, item := range items {
		t, err := one(item)
		if err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, nil
}

func decodeServers(v any) ([]Server, error) { return list(v, decodeServer) }

func decodeServer(v any) (Server, error) {
	f, err := decodeFields(v)
	return Server{
		Number: int(f.number("number")), State: f.text("state"), Owed: f.number("owed"),
		Keys: f.numberOrNil("keys"), StoreID: f.textOrNil("store-id"), Since: f.number("since"),
		Slow: f.number("slow") == 1,
	}, err
}

func decodeCopy(v any) (Copy, error) {
	f, err := decodeFields(v)
	return Copy{
		Server: int(f.number("server")), State: f.text("state"), Version: f.textOrNil("version"),
		Kind: f.textOrNil("kind"), Checksum: f.textOrNil("checksum"), Owed: f.number("owed") == 1,
	}, err
}

func decodeWhy(v any) (Why, error) {
	f, err := decodeFields(v)
	if err != nil {
		return Why{}, err
	}
	copies, err := list(f["copies"], decodeCopy)
	return Why{Home: int(f.number("home")), Copies: copies, Buffered: f.number("buffered") == 1}, err
}

func decodeConvergence(v any) (Convergence, error) {
	f, err := decodeFields(v)
	return Convergence{
		Converged: f.number("converged") == 1, Owed: f.number("owed"), Dirty: f.number("dirty"),
		Buffered: f.number("buffered"), ProvedAt: f.number("proved-at"),
	}, err
}

func decodeKeys(v any) (Keys, error) {
	f, err := decodeFields(v)
	if err != nil {
		return Keys{}, err
	}
	keys, err := list(f["keys"], func(v any) (string, error) {
		s, ok := v.(string)
		if !ok {
			return "", errShape("key", v)
		}
		return s, nil
	})
	return Keys{Keys: keys, Complete: f.number("complete") == 1}, err
}
