package resp

import (
	"bytes"
	"math/rand"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/resp/resptest"
)

// testHost is a process around a session. Its clock stands still unless it is set.
type testHost struct {
	now      int64
	password string
	settings []Setting
	clients  []Client
	killed   []coord.ConnID
	resets   int
}

func (h *testHost) Now() int64          { return h.now }
func (h *testHost) Password() string    { return h.password }
func (h *testHost) Settings() []Setting { return h.settings }
func (h *testHost) ResetStat()          { h.resets++ }
func (h *testHost) Clients() []Client   { return slices.Clone(h.clients) }
func (h *testHost) Facts() Facts {
	return Facts{RunID: "abc", TCPPort: 7, Keyspace: []Keyspace{{DB: 1, Keys: 2}, {DB: 2}}}
}

func (h *testHost) Configure(changes []Setting) *SettingError {
	for _, c := range changes {
		i := slices.IndexFunc(h.settings, func(s Setting) bool { return s.Name == c.Name })
		if i < 0 {
			return &SettingError{Name: c.Name}
		}
		if c.Value == "bad" {
			return &SettingError{c.Name, "is bad"}
		}
		h.settings[i].Value = c.Value
	}
	return nil
}

func (h *testHost) Kill(id coord.ConnID) bool {
	h.killed = append(h.killed, id)
	return true
}

const testNow = 1_700_000_000_000

// rig is a session over a map.
type rig struct {
	s       *Session
	host    *testHost
	limits  *Limits
	core    *resptest.Core
	out     []byte
	batch   []coord.Input
	hold    bool
	held    []answered
	shuffle *rand.Rand // nil: answers come in order
}

type answered struct {
	r    coord.Reply
	body []byte
}

func newRig(adjust func(*Limits)) *rig {
	l := DefaultLimits()
	if adjust != nil {
		adjust(&l)
	}
	h := &testHost{now: testNow, settings: []Setting{{"maxmemory", "0"}, {"save", ""}}, clients: []Client{
		{ID: 1, Addr: "1.1.1.1:1", LocalAddr: "9.9.9.9:9"}, {ID: 2, Addr: "2.2.2.2:2", LocalAddr: "9.9.9.9:9", Name: "two"},
	}}
	r := &rig{host: h, limits: &l, core: resptest.New(h.Now)}
	r.s = New(1, &l, h)
	return r
}

// feed gives bytes to the session and lets everything run that can.
func (r *rig) feed(data []byte) {
	for first := true; first && len(data) > 0 || r.s.Runnable(); first = false {
		if first {
			r.batch = r.s.Feed(data, r.batch[:0])
		} else {
			r.batch = r.s.Resume(r.batch[:0])
		}
		r.answer()
		r.collect()
	}
}

// answer executes the batch, in order; the answers come at once or when they are released.
func (r *rig) answer() {
	for i := range r.batch {
		reply, body := r.core.Answer(&r.batch[i])
		r.held = append(r.held, answered{reply, bytes.Clone(body)})
	}
	for i := range r.batch { // the slices are the session's again
		scribble(r.batch[i].Key)
		scribble(r.batch[i].Value)
	}
	if !r.hold {
		r.release()
	}
}

// scribble would show a session that goes on using what it gave away, or a core that keeps it. It puts the
// bytes back at once: a wide command goes on with its arguments in place.
func scribble(b []byte) {
	for i := range b {
		b[i] ^= 0xff
	}
	for i := range b {
		b[i] ^= 0xff
	}
}

// release completes what is held.
func (r *rig) release() {
	held := r.held
	r.held = nil
	if r.shuffle != nil {
		r.shuffle.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
	}
	for i := range held {
		r.s.Complete(&held[i].r, held[i].body)
	}
	r.collect()
}

func (r *rig) collect() {
	r.out = append(r.out, r.s.Out()...)
	r.s.Sent()
}

// take gives what was answered since the last take.
func (r *rig) take() string {
	out := string(r.out)
	r.out = r.out[:0]
	return out
}

// call sends one command, written as words, and gives the answer.
func (r *rig) call(words ...string) string {
	r.feed(command3(words...))
	return r.take()
}

// command3 encodes a command as clients do.
func command3(words ...string) []byte {
	b := []byte("*" + strconv.Itoa(len(words)) + "\r\n")
	for _, w := range words {
		b = append(b, "$"+strconv.Itoa(len(w))+"\r\n"+w+"\r\n"...)
	}
	return b
}

// short writes an answer on one line.
func short(out string) string { return strings.TrimRight(strings.ReplaceAll(out, "\r\n", " "), " ") }

func expect(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got  %.300q\nwant %.300q", got, want)
	}
}
