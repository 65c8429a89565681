package campaign

import (
	"fmt"
	"strings"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
)

// unconverged says what is not as it should be after healing: of each server, of each key that is owed or of which the copies differ, and of
// each call that was not answered.
func (r *run) unconverged() string {
	rt := r.w.Router
	lines := []string{fmt.Sprintf("%+v", rt.Convergence())}
	if err := rt.Core().Idle(); err != nil {
		lines = append(lines, fmt.Sprintf("under way: %v", err))
	}
	for _, s := range rt.Servers() {
		slow := ""
		if s.Slow {
			slow = ", slow"
		}
		lines = append(lines, fmt.Sprintf("server %d is %s%s, owed %d keys and %d partitions", s.Number, s.State, slow, s.Owed, s.Dirty))
	}
	for i := range r.p.Keys {
		if s := r.keyState(&r.p.Keys[i]); s != "" {
			lines = append(lines, s)
		}
	}
	for _, c := range r.history.Calls {
		if c.Pending() {
			lines = append(lines, "not answered: "+c.String())
		}
	}
	return strings.Join(lines, "\n  ")
}

// keyState is what the journal owes of a key and what its copies hold, or nothing if that is nothing and they are the same.
func (r *run) keyState(k *Key) string {
	var held []string
	row, owes := r.w.Router.Row(r.journalKey('e', k))
	differ, first := owes, kv.Head{}
	for i := range r.w.Geometry.Copies() {
		n := r.w.Geometry.Server(k.part(), i)
		srv := r.w.Servers[n]
		if !srv.Alive() {
			held = append(held, fmt.Sprintf("server %d is down", n))
			continue
		}
		h, _ := srv.Store().Head(k.DB, k.Name)
		if i == 0 {
			first = h
		}
		text := fmt.Sprintf("server %d holds %s", n, r.w.Head(h))
		if srv.Rotten(k.DB, k.Name) {
			text, differ = text+", rotten", true
		}
		differ = differ || h != first || r.dirty(n, k)
		if r.dirty(n, k) {
			text += ", owed the partition"
		}
		held = append(held, text)
	}
	if !differ {
		return ""
	}
	s := fmt.Sprintf("%s (%s, partition %d): %s", k.Name, k.Class, k.part(), strings.Join(held, "; "))
	if owes {
		_, record := r.w.Router.Row(r.journalKey('v', k))
		s += fmt.Sprintf("; the journal owes %s to copies %03b, its record is there: %v", r.w.Head(kv.DecodeHead(row)), row[kv.HeadSize], record)
	}
	return s
}

// dirty tells that the journal owes a server the key's partition.
func (r *run) dirty(n ring.Server, k *Key) bool {
	_, ok := r.w.Router.Row([]byte{'d', byte(n >> 8), byte(n), byte(k.part() >> 8), byte(k.part())})
	return ok
}
