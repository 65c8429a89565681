package check

import (
	"testing"

	"github.com/distributedstorage/ds/chaos/history"
)

const (
	ok      = history.OK
	failed  = history.Failed
	unknown = history.Unknown
)

func ops(op ...history.Operation) []history.Operation { return op }

func write(value string, from, to int64, o history.Outcome) history.Operation {
	return history.Operation{Kind: history.Write, Key: "k", Value: value, Invoke: from, Return: to, Outcome: o}
}

func read(value string, from, to int64) history.Operation {
	return history.Operation{Kind: history.Read, Key: "k", Value: value, Invoke: from, Return: to}
}

func del(from, to int64, o history.Outcome) history.Operation {
	return history.Operation{Kind: history.Delete, Key: "k", Invoke: from, Return: to, Outcome: o}
}

// held is a key of which two servers hold the values.
func held(values ...string) Final {
	var k Key
	for s, v := range values {
		kind := "live"
		if v == "" {
			kind = "tombstone"
		}
		k.Copies = append(k.Copies, Copy{Server: s, Known: true, Kind: kind, Version: "1.0.1", Checksum: v, Value: v})
	}
	return Final{"k": k}
}

func TestRules(t *testing.T) {
	for _, c := range []struct {
		name    string
		history []history.Operation
		final   Final
		want    []Rule
	}{
		{"kept", ops(write("a", 1, 2, ok)), held("a", "a"), nil},
		{"one copy is behind", ops(write("a", 1, 2, ok), write("b", 3, 4, ok)), held("a", "b"), []Rule{Conv, NoLoss}},
		{"one copy is empty", ops(write("a", 1, 2, ok)), held("", "a"), []Rule{Conv, NoLoss}},
		{"no copy at all", ops(write("a", 1, 2, ok)), Final{}, []Rule{NoLoss}},
		{"failed write, no copy", ops(write("a", 1, 2, failed)), Final{}, nil},
		{"replaced by a concurrent write", ops(write("a", 1, 5, ok), write("b", 2, 4, ok)), held("a", "a"), nil},
		{"replaced by a write of unknown outcome", ops(write("u", 1, 2, unknown), write("a", 3, 4, ok)), held("u", "u"), nil},
		{"an unknown write that a read had seen before can't replace a newer one",
			ops(write("u", 1, 2, unknown), read("u", 3, 4), write("a", 5, 6, ok)), held("u", "u"), []Rule{NoLoss, NoLoss}},
		{"undone by an older delete", ops(del(1, 2, ok), write("a", 3, 4, ok)), held("", ""), []Rule{NoLoss, NoLoss}},
		{"undone by a newer delete", ops(write("a", 1, 2, ok), del(3, 4, ok)), held("", ""), nil},
		{"undone by a delete of unknown outcome", ops(del(1, 2, unknown), write("a", 3, 4, ok)), held("", ""), nil},
		{"an acknowledged delete came back", ops(write("a", 1, 2, ok), del(3, 4, ok)), held("a", "a"), []Rule{NoLoss, NoLoss}},
		{"ghost in a read", ops(read("x", 1, 2)), held("", ""), []Rule{Fresh, NoGhost}},
		{"ghost on a copy", ops(write("a", 1, 2, unknown)), held("x", "x"), []Rule{NoGhost, NoGhost}},
		{"a failed write is read", ops(write("a", 1, 2, failed), read("a", 3, 4)), held("", ""), []Rule{Fresh, NoGhost}},
		{"read from the past", ops(write("a", 1, 2, ok), write("b", 3, 4, ok), read("a", 5, 6)), held("b", "b"), []Rule{Fresh}},
		{"read after an acknowledged delete", ops(write("a", 1, 2, ok), del(3, 4, ok), read("a", 5, 6)), held("", ""), []Rule{Fresh}},
		{"read before it was written", ops(read("a", 1, 2), write("a", 3, 4, ok)), held("a", "a"), []Rule{Fresh}},
		{"reads go back in time, no single one is wrong",
			ops(write("a", 1, 2, ok), write("b", 3, 30, ok), read("b", 4, 5), read("a", 6, 7)), held("b", "b"), []Rule{Fresh}},
		{"an unknown write flickers",
			ops(write("a", 1, 2, ok), write("u", 3, 4, unknown), read("u", 5, 6), read("a", 7, 8)), held("u", "u"), []Rule{Fresh}},
		{"an unknown write happens late", ops(write("u", 1, 2, unknown), read("", 3, 4), read("u", 5, 6)), held("u", "u"), nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := Run(c.history, c.final, Options{Copies: 2})
			if len(found) != len(c.want) {
				t.Fatalf("found %v, want %v", found, c.want)
			}
			for i, f := range found {
				if f.Rule != c.want[i] {
					t.Fatalf("found %v, want %v", found, c.want)
				}
			}
		})
	}
}

func TestConv(t *testing.T) {
	for name, spoil := range map[string]func(*Key){
		"buffered":     func(k *Key) { k.Buffered = true },
		"owed":         func(k *Key) { k.Copies[1].Owed = true },
		"not known":    func(k *Key) { k.Copies[0].Known = false },
		"version":      func(k *Key) { k.Copies[0].Version = "2.0.1" },
		"checksum":     func(k *Key) { k.Copies[0].Checksum = "f" },
		"kind":         func(k *Key) { k.Copies[1].Kind = "tombstone" },
		"unreadable":   func(k *Key) { k.Copies[1].Fault = "ROTTEN" },
		"copy missing": func(k *Key) { k.Copies = k.Copies[:1] },
		"same server":  func(k *Key) { k.Copies[1].Server = 0 },
	} {
		final := held("a", "a")
		k := final["k"]
		spoil(&k)
		final["k"] = k
		found := Run(ops(write("a", 1, 2, ok)), final, Options{Copies: 2})
		if len(found) != 1 || found[0].Rule != Conv || found[0].Key != "k" {
			t.Errorf("%s: found %v", name, found)
		}
	}
}
