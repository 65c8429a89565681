package check

import (
	"testing"
	"time"

	"github.com/distributedstorage/ds/chaos/history"
)

const ms = int64(time.Millisecond)

// took is a read of a key that was under way from 1000 ms on.
func took(key string, millis int64) history.Operation {
	return history.Operation{Kind: history.Read, Key: key, Invoke: 1000 * ms, Return: (1000 + millis) * ms}
}

func refused(key string) history.Operation {
	op := took(key, 1)
	op.Outcome, op.Fault = history.Failed, "NOSERVER"
	return op
}

// outage is from 500 ms to 2000 ms.
func outage(servers ...int) (list []Outage) {
	for _, s := range servers {
		list = append(list, Outage{Span{500 * ms, 2000 * ms}, s, "kill"})
	}
	return list
}

func TestLive(t *testing.T) {
	for _, c := range []struct {
		name    string
		op      history.Operation
		outages []Outage
		stalls  []Span
		class   string
		want    int
	}{
		{"in time", took("on-01", 90), outage(2), nil, Healthy, 0},
		{"late", took("on-01", 110), outage(2), nil, Healthy, 1},
		{"late while the machine stood still", took("on-01", 110), outage(2), []Span{{1020 * ms, 1050 * ms}}, Healthy, 0},
		{"later than the machine stood still", took("on-01", 190), outage(2), []Span{{1020 * ms, 1050 * ms}, {0, 900 * ms}}, Healthy, 1},
		{"refused", refused("on-01"), outage(2), nil, Healthy, 1},
		{"late, one of its servers broken", took("on-12", 300), outage(2), nil, Degraded, 0},
		{"refused, all of its servers broken", refused("on-12"), outage(1, 2), nil, Gone, 0},
		{"late, the router broken", took("on-01", 300), outage(2, -1), nil, Routerless, 0},
		{"late in the calm", took("on-01", 300), nil, nil, Calm, 0},
		{"broken when it was over", took("on-01", 300), []Outage{{Span{1400 * ms, 1500 * ms}, 2, "kill"}}, nil, Calm, 0},
		{"mended before it began", took("on-01", 300), []Outage{{Span{0, 900 * ms}, 2, "kill"}}, nil, Calm, 0},
	} {
		l := Liveness{
			Outages: c.outages, Stalls: c.stalls, Bound: 100 * time.Millisecond,
			Placement: map[string][]int{"on-01": {0, 1}, "on-12": {1, 2}},
		}
		classes, found := l.Judge(ops(c.op, took("not placed", 5000)))
		if len(classes) != 1 || classes[0].Name != c.class || len(found) != c.want {
			t.Errorf("%s: %v, %v", c.name, classes, found)
		}
		for _, f := range found {
			if f.Rule != Live || f.Key != c.op.Key {
				t.Errorf("%s: %v", c.name, f)
			}
		}
	}
}

func TestClassesAndWorstWrites(t *testing.T) {
	var all []history.Operation
	for i := range int64(200) {
		all = append(all, took("on-01", i+1))
	}
	all = append(all, refused("on-01"))
	slow := took("on-12", 700)
	slow.Kind = history.Write
	later := slow
	later.Invoke, later.Return = 1900*ms, 2900*ms
	all = append(all, slow, later)
	l := Liveness{Outages: outage(2), Bound: time.Minute, Placement: map[string][]int{"on-01": {0, 1}, "on-12": {1, 2}}}
	classes, _ := l.Judge(all)
	if len(classes) != 2 || classes[0] != (Class{Healthy, 201, 1, 101, 199, 200}) || classes[1].Name != Degraded || classes[1].Max != 1000 {
		t.Errorf("%+v", classes)
	}
	if worst := l.WorstWrites(all, time.Second); len(worst) != 1 || worst["kill"] != 700 {
		t.Errorf("%v", worst)
	}
}
