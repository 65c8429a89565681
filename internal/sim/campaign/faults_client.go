package campaign

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// clientFaults are what clients do beside asking in peace.
var clientFaults = []mishap{
	{"vanishes with calls under way", []row{rowClients}, 4, func(r *run, s *Step) { r.vanish(int(s.Roll) % r.p.Clients) }},
	{"a flush races everything", []row{rowDelete}, 1, func(r *run, s *Step) {
		r.ask(r.p.flush(r.p.Keys[s.Key].DB))
	}},
	{"writes while every copy of a key is away", []row{rowBuffer}, 3, func(r *run, s *Step) { r.orphanKey(s) }},
	{"a long pipeline for one key", []row{rowClients}, 2, func(r *run, s *Step) { r.pipeline(s) }},
	{"an expiry races everything", []row{rowDelete}, 2, func(r *run, s *Step) { r.expireSoon(s) }},
}

// orphanKey unplugs every copy of a key.
func (r *run) orphanKey(s *Step) {
	p := r.p.Keys[s.Key].part()
	for i := range r.w.Geometry.Copies() {
		n := int(r.w.Geometry.Server(p, i))
		srv := r.w.Servers[n]
		r.hold(n, s.Millis+int64(s.Roll>>(8*i)&0xff)*10)
		r.ails(n)
		srv.Unplugged = true
		srv.HangUp()
	}
}

// pipeline asks a lot at once.
func (r *run) pipeline(s *Step) {
	k := &r.p.Keys[s.Key]
	if k.Class == counter {
		return
	}
	client := int(s.Roll) % r.p.Clients
	depth := []int{20, 60, 60, 400}[s.Roll>>8%4]
	if s.Roll>>10%512 == 0 {
		depth = 10_000
	}
	for i := range depth {
		in := coord.Input{Op: coord.OpSet, DB: k.DB, Key: k.Name, Value: pipelined(s, i)}
		if i%5 == 4 {
			in.Op, in.Value = coord.OpGet, nil
		}
		r.ask(&oracle.Call{Client: client, Key: s.Key, In: in})
	}
	if len(r.pending) > 0 {
		r.saw(stateDeep)
	}
}

// expireSoon gives a key a time to live that ends about when something else happens.
func (r *run) expireSoon(s *Step) {
	k := &r.p.Keys[s.Key]
	if k.Class != fleeting {
		return
	}
	r.ask(&oracle.Call{Client: int(s.Roll) % r.p.Clients, Key: s.Key, In: coord.Input{
		Op: coord.OpExpire, DB: k.DB, Key: k.Name, Flags: coord.FlagExpireIn, N: int64(1 + s.Roll>>8%200),
	}})
}
