package sim

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/cockroachdb/datadriven"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/wire"
)

// TestScenarios runs testdata/*: each file is one world, the whole trace is the expectation.
// Regenerate with: go test ./internal/sim -run TestScenarios -rewrite
//
// Commands, each followed by its input lines, if any:
//
//	world [servers=3] [duplication=1] [budget=B] [table=B] [cap=B] [sweep=compare] [down=N] [lane=N] [large=B] [durability=D]   a new world, all started but N
//	do         one request a line: set|get|del|incr|append|expire|head|getdel|keys|flush|why …
//	           (keys KEY lists the partition of that key alone)
//	send       like do, without letting anything happen afterwards
//	router     start [budget=B] [table=B] | stop | kill | hold-sync | release-sync | commit STEPS | pause MS | fail [STEPS] | reopen | rot KEY
//	router     lose (its volume) | snapshot | restore | fork (pause it; another takes a copy of its volume) | swap (with the paused one)
//	router     adopt [GIVEN-UP-NUMBER …]   from the next start on
//	server N   start | sync | kill | wipe | hold-in | hold-out | hold-large | hold-sync | tight (no room for records) | unplug, or release | unreadable (its disk fails reads), or readable | pause | resume | redial (after a refusal)
//	server N lose KEY | rot KEY | foreign KEY VALUE MS-AHEAD | snapshot | restore
//	server N deaf   frames that it is sent are lost, until it is given a distance (0)
//	server N far MS   away: what it is sent and what it sends takes that long, from now on
//	server N lose-large   what hold-large holds leaves and never arrives
//	server N moves   its link takes and gives a few bytes of large values
//	settle     deliver everything that is not held
//	pass MS    let time go by
//	wall MS    move the wall clock alone
//	compare    compare all digests now
//	state      servers and convergence
//	stored     what each server's volume holds, one key a line
//
// language_test.go has the words of each. A key NAME@N is the first of NAME, NAME1, NAME2 … whose home is server N. A value TEXT*N is TEXT, N times.
func TestScenarios(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.HasPrefix(path, "testdata/fuzz/") {
			return // seeds of FuzzScenario
		}
		s := &scenario{t: t}
		datadriven.RunTest(t, path, s.run)
	})
}

type scenario struct {
	t    *testing.T
	w    *World
	asks map[uint64]string
	tag  uint64
	snap map[ring.Server]func()

	volume func(*Router) // restores the router's
}

func (s *scenario) run(t *testing.T, d *datadriven.TestData) string {
	requests, err := understand(d.Cmd, d.CmdArgs, d.Input)
	if err != nil {
		d.Fatalf(t, "%v", err)
	}
	switch d.Cmd {
	case "world":
		s.newWorld(d)
	case "do":
		for i := range requests {
			s.request(&requests[i])
			s.w.Settle()
		}
	case "send":
		for i := range requests {
			s.request(&requests[i])
		}
	case "router":
		s.router(d.CmdArgs)
	case "server":
		s.server(d.CmdArgs)
	case "settle":
		s.w.Settle()
	case "pass":
		s.w.Pass(number(d.CmdArgs[0].Key))
	case "wall":
		s.w.JumpWall(number(d.CmdArgs[0].Key))
	case "compare":
		s.w.Router.Step(coord.Input{Kind: coord.InSweep})
		s.w.Settle()
	case "state":
		return s.w.Trace() + s.state()
	case "stored":
		return s.w.Trace() + s.stored(d.Input)
	default:
		d.Fatalf(t, "unknown command %s", d.Cmd)
	}
	return s.w.Trace()
}

func number(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		panic(err)
	}
	return n
}

func (s *scenario) newWorld(d *datadriven.TestData) {
	servers, duplication, budget, tableBudget, limit, down, lane, large, sweep := 3, 1, 0, 0, 0, -1, 0, 0, ""
	d.MaybeScanArgs(s.t, "servers", &servers)
	d.MaybeScanArgs(s.t, "duplication", &duplication)
	d.MaybeScanArgs(s.t, "budget", &budget)
	d.MaybeScanArgs(s.t, "cap", &limit)
	d.MaybeScanArgs(s.t, "table", &tableBudget)
	d.MaybeScanArgs(s.t, "down", &down)
	d.MaybeScanArgs(s.t, "lane", &lane)
	d.MaybeScanArgs(s.t, "large", &large)
	d.MaybeScanArgs(s.t, "sweep", &sweep)
	s.w, s.asks, s.snap = New(servers, duplication), map[uint64]string{}, map[ring.Server]func(){}
	if budget > 0 {
		s.w.Config.JournalBudget = int64(budget)
	}
	if tableBudget > 0 {
		s.w.Config.TableBudget = int64(tableBudget)
	}
	if lane > 0 {
		s.w.Config.LaneOperations = lane
	}
	if large > 0 {
		s.w.Config.LargeBytes = int64(large)
	}
	if limit > 0 {
		s.w.Config.BufferCap = int64(limit)
	}
	s.w.Config.Durability = durability(s.t, d)
	s.w.Config.SweepRepair = sweep != "compare"
	s.w.Router.OnReply = s.reply
	s.w.Quiet = true
	if err := s.w.Router.Start(); err != nil {
		s.t.Fatal(err)
	}
	for n, srv := range s.w.Servers {
		if n == down {
			continue
		}
		if err := srv.Start(); err != nil {
			s.t.Fatal(err)
		}
	}
	s.w.Settle()
	s.w.Pass(200)
	s.w.Trace()
	s.w.Quiet = false
}

func durability(t *testing.T, d *datadriven.TestData) wire.Durability {
	name := wire.DurabilityAlways.String()
	d.MaybeScanArgs(t, "durability", &name)
	for v := wire.DurabilityAlways; v.Known(); v++ {
		if v.String() == name {
			return v
		}
	}
	d.Fatalf(t, "unknown durability %s", name)
	return 0
}

func (s *scenario) key(word string, db kv.DB) []byte {
	name, home, ok := strings.Cut(word, "@")
	if !ok {
		return []byte(word)
	}
	if number(home) >= int64(s.w.Geometry.Servers) {
		s.t.Fatalf("the world has no server for %s", word)
	}
	return s.w.KeyAt(name, db, ring.Server(number(home)))
}

func value(word string) []byte {
	if text, times, ok := strings.Cut(word, "*"); ok {
		return bytes.Repeat([]byte(text), int(number(times)))
	}
	return []byte(word)
}

func (s *scenario) request(r *request) {
	in := coord.Input{Kind: coord.InRequest, Op: r.op, Conn: 1, DB: r.db, Flags: r.flags, N: r.n}
	if r.key != "" {
		in.Key = s.key(r.key, r.db)
	}
	if r.value != "" {
		in.Value = value(r.value)
	}
	s.tag++
	in.Tag = s.tag
	s.asks[s.tag] = r.line
	if in.Op != coord.OpList {
		s.w.Router.Step(in)
		return
	}
	in.N = 1000
	if len(in.Key) > 0 {
		in.Partition = kv.HashKey(in.DB, in.Key).Partition()
		s.w.Router.Step(in)
		return
	}
	for p := range kv.Partition(kv.Partitions) {
		in.Partition = p
		s.w.Router.Step(in)
	}
}

func (s *scenario) reply(r coord.Reply, b []byte) {
	text := ""
	switch r.Code {
	case coord.ReplyOK:
		text = "OK"
	case coord.ReplyNil:
		text = "nil"
	case coord.ReplyValue:
		text = short(b)
	case coord.ReplyInt:
		text = strconv.FormatInt(r.N, 10)
	case coord.ReplyHead:
		text = s.w.Head(r.Head)
	case coord.ReplyFault:
		text = r.Fault.Prefix()
	case coord.ReplyList:
		var e wire.Entry
		for rest, ok := wire.NextEntry(b, &e); ok; rest, ok = wire.NextEntry(rest, &e) {
			s.w.Printf("%s → %s", s.asks[r.Tag], e.Key)
		}
		return
	case coord.ReplyWhy:
		text = s.why(b)
	default:
		text = fmt.Sprintf("code %d", r.Code)
	}
	s.w.Printf("%s → %s", s.asks[r.Tag], text)
}

func (s *scenario) why(b []byte) string {
	w, err := coord.DecodeWhy(b)
	if err != nil {
		return err.Error()
	}
	text := fmt.Sprintf("home %d buffered %v", w.Home, w.Buffered)
	for _, c := range w.Copies {
		text += fmt.Sprintf("; %d %s", c.Server, c.State)
		if c.Known {
			text += " " + s.w.Head(c.Head)
		}
		if c.Owed {
			text += " owed"
		}
	}
	return text
}

func (s *scenario) router(args []datadriven.CmdArg) {
	r := s.w.Router
	switch args[0].Key {
	case "start":
		s.budgets(args[1:])
		if err := r.Start(); err != nil {
			s.t.Fatal(err)
		}
	case "stop":
		r.Stop()
	case "kill":
		r.Kill()
	case "hold-sync":
		r.HoldSync = true
	case "release-sync":
		r.HoldSync = false
	case "pause":
		s.w.Pause(number(args[1].Key))
		return
	case "commit":
		r.CommitSteps(int(number(args[1].Key)))
		return
	case "fail":
		steps := 0
		if len(args) > 1 {
			steps = int(number(args[1].Key))
		}
		r.Fail(steps)
	case "lose":
		r.Lose()
	case "snapshot":
		s.volume = r.Snapshot()
	case "restore":
		s.volume(r)
	case "fork":
		s.w.Fork()
	case "swap":
		s.w.Swap()
	case "adopt":
		s.w.Config.Adopt = true
		for _, a := range args[1:] {
			s.w.Config.GiveUp |= 1 << number(a.Key)
		}
	case "rot":
		r.Rot(s.valueRow(args[1].Key))
	case "reopen":
		if err := r.Reopen(); err != nil {
			s.t.Fatal(err)
		}
	default:
		s.t.Fatalf("router %s", args[0].Key)
	}
	s.w.Settle()
}

// valueRow is the key of the row that holds a key's value in the journal.
func (s *scenario) valueRow(word string) []byte {
	key := s.key(word, 0)
	for _, row := range s.w.Router.Keys() {
		if row[0] == 'v' && strings.HasSuffix(row, string(key)) {
			return []byte(row)
		}
	}
	s.t.Fatalf("the journal has no value of %s", key)
	return nil
}

// budgets changes those of a router that is about to start.
func (s *scenario) budgets(args []datadriven.CmdArg) {
	for _, a := range args {
		switch a.Key {
		case "table":
			s.w.Config.TableBudget = number(a.Vals[0])
		case "budget":
			s.w.Config.JournalBudget = number(a.Vals[0])
		default:
			s.t.Fatalf("router start %s", a.Key)
		}
	}
}

func (s *scenario) server(args []datadriven.CmdArg) {
	if number(args[0].Key) >= int64(len(s.w.Servers)) {
		s.t.Fatalf("the world has no server %s", args[0].Key)
	}
	srv := s.w.Servers[number(args[0].Key)]
	if s.serverWith(srv, args[1].Key, args[2:]) {
		return
	}
	for _, a := range args[1:] {
		switch a.Key {
		case "start":
			if err := srv.Start(); err != nil {
				s.t.Fatal(err)
			}
		case "kill":
			srv.Kill()
		case "sync":
			srv.syncNow()
		case "wipe":
			srv.Wipe()
		case "hold-in":
			srv.HoldIn = true
		case "hold-out":
			srv.HoldOut = true
		case "hold-sync":
			srv.HoldSync = true
		case "tight":
			srv.Disk.Tight = true
		case "unreadable", "readable":
			srv.Disk.ReadFails = a.Key == "unreadable"
		case "unplug":
			srv.Unplugged = true
			srv.HangUp()
		case "release":
			srv.HoldIn, srv.HoldOut, srv.HoldSync, srv.HoldLarge, srv.Unplugged = false, false, false, false, false
			srv.Disk.Tight = false
		case "hold-large":
			srv.HoldLarge = true
		case "lose-large":
			for _, l := range srv.held {
				srv.in.chunks++
				srv.router.queue = append(srv.router.queue, coord.Input{Kind: coord.InLeft, Link: srv.link, Tag: l.ticket()})
			}
			srv.held, srv.heldOut = nil, nil
		case "deaf":
			srv.SetWeather(Weather{Until: math.MaxInt64, Lost: 1000}, Weather{})
		case "moves":
			s.w.Router.Step(coord.Input{Kind: coord.InMoved, Link: srv.link, N: coord.MovedIn | coord.MovedOut})
		case "pause":
			srv.Paused = true
		case "resume":
			srv.Paused = false
		case "redial":
			srv.refused = ""
		case "snapshot":
			v := srv.volume.Snapshot()
			s.snap[srv.number] = func() { srv.volume = v }
		case "restore":
			s.snap[srv.number]()
		default:
			s.t.Fatalf("server %s", a.Key)
		}
	}
	s.w.Settle()
}

// serverWith carries out a word that has arguments; it stands alone.
func (s *scenario) serverWith(srv *Server, word string, args []datadriven.CmdArg) bool {
	switch word {
	case "foreign":
		s.foreign(srv, args[0].Key, args[1].Key, number(args[2].Key))
	case "far":
		w := Weather{Until: math.MaxInt64, Delay: max(0, number(args[0].Key))}
		srv.SetWeather(w, w)
	case "lose", "rot":
		s.damage(srv, word, args[0].Key)
	default:
		return false
	}
	return true
}

// foreign puts a record of another router, ahead of the clock, into a server's volume.
func (s *scenario) foreign(srv *Server, word, value string, ahead int64) {
	key, v := s.key(word, 0), []byte(value)
	h := kv.Head{
		Version: kv.Version{Time: uint64(s.w.now.Wall+ahead) << 16, Router: 9}, Kind: kv.Live,
		Length: uint32(len(v)), Checksum: kv.Checksum(kv.Live, 0, v),
	}
	if _, err := srv.store.Apply([]replica.Write{{Head: h, Key: key, Value: v}}, make([]replica.Outcome, 1)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scenario) damage(srv *Server, how, word string) {
	if how == "rot" {
		srv.store.Rot(0, s.key(word, 0), nil)
		return
	}
	if _, err := srv.store.Remove(0, s.key(word, 0)); err != nil {
		s.t.Fatal(err)
	}
}

func (s *scenario) state() string {
	var b strings.Builder
	for _, st := range s.w.Router.Servers() {
		fmt.Fprintf(&b, "server %d %s owed %d dirty %d\n", st.Number, st.State, st.Owed, st.Dirty)
	}
	c := s.w.Router.Convergence()
	fmt.Fprintf(&b, "converged %v owed %d dirty %d buffered %d\n", c.Converged, c.Owed, c.Dirty, c.Buffered)
	return b.String()
}

func (s *scenario) stored(input string) string {
	var b strings.Builder
	for word := range strings.Lines(input) {
		word = strings.TrimSpace(word)
		fmt.Fprintf(&b, "%s:", word)
		for _, srv := range s.w.Servers {
			if srv.store == nil {
				continue
			}
			h, v, _, _ := srv.store.Read(0, s.key(word, 0), nil)
			if h.Exists() {
				fmt.Fprintf(&b, " %d %s %s", srv.number, s.w.Head(h), short(v))
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
