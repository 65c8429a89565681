package coord

import (
	"reflect"
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
)

func TestStatusEncodings(t *testing.T) {
	servers := []ServerStatus{
		{Number: 1, State: Behind, Owed: 2, Dirty: 3, Keys: 4, Store: kv.ID{5}, Since: 6, Slow: true},
		{Number: 2, State: InSync},
	}
	if got, err := DecodeServers(AppendServers(nil, servers)); err != nil || !reflect.DeepEqual(got, servers) {
		t.Errorf("%+v, %v", got, err)
	}
	c := Convergence{Converged: true, Owed: 1, Dirty: 2, Buffered: 3, Shrunk: 5, Table: 6, ProvedAt: 4}
	if got, err := DecodeConvergence(AppendConvergence(nil, &c)); err != nil || got != c {
		t.Errorf("%+v, %v", got, err)
	}
	w := Why{Home: 1, Buffered: true, Copies: []CopyStatus{
		{Server: 1, State: InSync, Known: true, Owed: true, Head: kv.Head{Kind: kv.Live, Length: 3}}, {Server: 2},
	}}
	b := AppendWhy(nil, &w)
	if got, err := DecodeWhy(b); err != nil || !reflect.DeepEqual(got, w) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := DecodeWhy(b[:len(b)-1]); err == nil {
		t.Error("a truncated answer was decoded")
	}
}
