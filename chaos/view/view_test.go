package view

import (
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

func reply(v any) *redis.Cmd {
	cmd := redis.NewCmd(context.Background())
	cmd.SetVal(v)
	return cmd
}

func TestWhyInBothProtocols(t *testing.T) {
	want := Why{Home: 2, Buffered: true, Copies: []Copy{
		{Server: 2, State: "in-sync", Known: true, Version: "17.0.1", Kind: "live", Checksum: "ab", Owed: false},
		{Server: 0, State: "away", Owed: true},
	}}
	known := []any{"server", int64(2), "state", "in-sync", "version", "17.0.1", "kind", "live", "checksum", "ab", "owed", int64(0)}
	away := map[any]any{"server": int64(0), "state": "away", "version": nil, "kind": nil, "checksum": nil, "owed": true}
	copies := []any{known, away}
	for _, form := range []any{
		[]any{"home", int64(2), "copies", copies, "buffered", int64(1)},
		map[any]any{"home": int64(2), "copies": copies, "buffered": int64(1)},
	} {
		got, err := ReadWhy(reply(form))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Fatalf("got %+v, %v", got, err)
		}
	}
}

func TestWhyWithoutAFieldIsAnError(t *testing.T) {
	_, err := ReadWhy(reply(map[any]any{"home": int64(2), "copies": []any{}}))
	if err == nil || !strings.Contains(err.Error(), "buffered") {
		t.Fatalf("got %v", err)
	}
}

func TestMetrics(t *testing.T) {
	m, err := ReadMetrics(strings.NewReader(`# HELP ds_owed_total x
# TYPE ds_owed_total counter
ds_owed_total{server="0"} 3
ds_owed_total{server="1",why="a } b"} 4 1700000000000
ds_buffered_total 1.5e+03
`))
	if err != nil || m[Owed] != 7 || m[Buffered] != 1500 {
		t.Fatalf("got %v, %v", m, err)
	}
}
