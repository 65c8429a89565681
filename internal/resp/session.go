package resp

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
)

// Session is the Redis session of one client. It parses what the client sent, makes requests of it,
// and puts the answers in the order of the commands. It does no I/O and reads no clock. It is not safe
// for concurrent use: whoever owns the socket keeps a lock.
//
// Invariants:
//  1. Answers leave in the order of the commands, each exactly once.
//  2. A command that goes over the whole store, or over very many keys, is alone: it begins when nothing
//     is pending, and nothing is parsed until it is done.
//  3. The keys and values of the requests of one Feed or Resume stay valid until the next, so
//     the requests must have been given to the core by then.
type Session struct {
	host   Host
	limits *Limits
	id     coord.ConnID

	parser   parser
	held     []byte // received, not yet parsed
	heldFrom int    // where that begins
	parked   bool   // parsing stopped before the end of what was received
	wait     waitFor
	argv     [][]byte
	batch    []coord.Input // during Feed and Resume

	ring   ring
	out    []byte // answers to send
	shares []Share
	behind int // bytes of answers that wait for an earlier one
	spare  [][]byte
	local  bool // the answer being made goes straight to out
	fan    fan

	expected int // bytes a value is taken to have, from those seen
	values   int // values under way
	wanted   int // values that the command that waits asks for
	window   int // bytes of values that may be under way; one command alone may pass it
	gathered int // bytes of an answer that is being put together

	reads reads
	read  uint64 // the command that waitRead waits for

	state    State
	trusted  bool // authenticated
	quitting bool // nothing more is read; close when all is answered
	commands uint64
}

// State is what CLIENT LIST shows of a session.
type State struct {
	DB          kv.DB
	Resp3       bool
	Name        string
	LibName     string
	LibVersion  string
	Command     string
	NoEvict     bool
	NoTouch     bool
	Commands    uint64 // processed
	InputBytes  int    // received and not parsed
	Unanswered  int    // bytes of the requests that wait for an answer
	OutputBytes int    // answered and not taken
}

type waitFor uint8

const (
	waitNothing waitFor = iota
	waitDrained         // until nothing is pending
	waitValues          // until fewer values are under way
	waitRead            // until a read is answered
)

// New is the session of a connection. limits and host are shared by all sessions.
func New(id coord.ConnID, limits *Limits, host Host) *Session {
	s := &Session{host: host, limits: limits, id: id, expected: limits.MaxValue, window: limits.ValueWindow}
	s.parser.limits = limits
	s.trusted = host.Password() == ""
	return s
}

// Feed takes bytes from the client, which are the caller's again once the requests that it
// appends to in have been given to the core. It must not be called while Full.
func (s *Session) Feed(data []byte, in []coord.Input) []coord.Input {
	s.batch = in
	if s.heldFrom < len(s.held) {
		s.compact()
		s.hold(data)
		s.parseHeld()
	} else {
		if cap(s.held) > keepBuffer {
			s.held = nil
		}
		n := s.parse(data, false)
		s.held, s.heldFrom = append(s.held[:0], data[n:]...), 0
	}
	in, s.batch = s.batch, nil
	return in
}

// Resume goes on with what was received, or with the next requests of a command that needs several
// rounds. Call it when Runnable.
func (s *Session) Resume(in []coord.Input) []coord.Input {
	s.batch = in
	if s.fan != nil {
		s.fan.issue(s)
	} else {
		s.compact()
		s.parseHeld()
	}
	in, s.batch = s.batch, nil
	return in
}

// Full tells that nothing may be fed: too much is pending, or the client said goodbye.
func (s *Session) Full() bool { return s.parked || s.blocked() }

// Runnable tells that Resume would get on.
func (s *Session) Runnable() bool {
	if s.fan != nil {
		return s.fan.runnable()
	}
	return s.parked && !s.blocked()
}

// Out is the answers ready to be sent, in order; Sent takes them out.
func (s *Session) Out() []byte { return s.out }

// Share is a large value that belongs between the bytes of Out.
type Share struct {
	At     int // bytes of Out before it
	Value  []byte
	Counts bool // Complete said so
}

// Shares gives the large values among the answers ready to be sent, in order. Nobody may change them.
func (s *Session) Shares() []Share { return s.shares }

func (s *Session) share(value []byte, counts bool) {
	if value != nil {
		s.shares = append(s.shares, Share{len(s.out), value, counts})
		s.out = append(s.out, "\r\n"...)
	}
}

// Behind is the bytes of answers that wait for an earlier one.
func (s *Session) Behind() int { return s.behind }

// Sent drops what Out and Shares gave.
func (s *Session) Sent() {
	clear(s.shares)
	s.shares = s.shares[:0]
	if cap(s.out) > keepBuffer {
		s.out = nil
	}
	s.out = s.out[:0]
}

// Closing tells that the connection is to be closed once Out is sent.
func (s *Session) Closing() bool { return s.quitting && s.ring.len() == 0 }

// Quit makes the session answer what is pending and then close.
func (s *Session) Quit() { s.quitting = true }

// Partial tells that a command has begun to arrive and is not whole.
func (s *Session) Partial() bool {
	return !s.parked && (s.heldFrom < len(s.held) || s.parser.skipping)
}

// Holds is the memory in bytes that the session keeps for what it received and has not answered, and
// for answers that wait for an earlier one.
func (s *Session) Holds() int {
	held := len(s.held) - s.heldFrom
	if held > keepBuffer {
		held = cap(s.held)
	}
	return held + s.ring.bytes + s.behind
}

// SetWindow bounds the bytes of values that may be under way, below Limits.ValueWindow. Without any under way, one
// command may pass it.
func (s *Session) SetWindow(bytes int) { s.window = min(bytes, s.limits.ValueWindow) }

// Wants tells how large the window would have to be for the command that waits for it; 0 = none does.
func (s *Session) Wants() int {
	if s.wait != waitValues || !s.parked {
		return 0
	}
	return (s.values + s.wanted) * s.expected
}

// Expects is the bytes that the values under way are taken to have.
func (s *Session) Expects() int { return s.values * s.expected }

// Answers is the bytes of answers that the session holds: ready, behind an earlier one, or not complete.
func (s *Session) Answers() int { return len(s.out) + s.behind + s.gathered }

// State is what CLIENT LIST shows.
func (s *Session) State() State {
	st := s.state
	st.Commands, st.InputBytes = s.commands, len(s.held)-s.heldFrom
	st.Unanswered, st.OutputBytes = s.ring.bytes, len(s.out)+s.behind
	return st
}

// Shrink gives back the memory that an idle session does not need.
func (s *Session) Shrink() {
	if s.ring.len() > 0 || s.fan != nil {
		return
	}
	s.ring.slots, s.spare, s.argv, s.reads = nil, nil, nil, reads{}
	if s.heldFrom == len(s.held) {
		s.held, s.heldFrom = nil, 0
	}
	if len(s.out) == 0 {
		s.out = nil
	}
}

// compact moves what is not parsed to the front of its buffer. No request points into it any more.
func (s *Session) compact() {
	if s.heldFrom == 0 {
		return
	}
	n := copy(s.held, s.held[s.heldFrom:])
	s.held, s.heldFrom = s.held[:n], 0
	if n == 0 && cap(s.held) > keepBuffer {
		s.held = nil
	}
}

func (s *Session) parseHeld() {
	before := len(s.batch)
	s.heldFrom += s.parse(s.held[s.heldFrom:], true)
	s.giveAway(s.batch[before:])
}

// blocked tells that no command can be taken now.
func (s *Session) blocked() bool {
	switch {
	case s.quitting, s.fan != nil, s.ring.len() >= s.limits.MaxPending, len(s.out)+s.behind > s.limits.MaxOut:
		return true
	case s.wait == waitDrained:
		return s.ring.len() > 0
	case s.wait == waitValues:
		return !s.roomFor(s.wanted)
	case s.wait == waitRead:
		return s.underWay(s.read)
	}
	return false
}

// parse takes commands from b and gives how many bytes are done with. own tells that b stays in place
// until those commands are answered.
func (s *Session) parse(b []byte, own bool) int {
	s.parked = false
	s.wait = waitNothing
	from := 0
	for {
		if s.blocked() {
			s.parked = from < len(b) && !s.quitting
			break
		}
		o := s.parser.next(b[from:], s.trusted)
		if o == more {
			return from + s.parser.skipped()
		}
		if o == ready && !s.take(b[from:], own) {
			s.parser.reset()
			s.parked = true
			break
		}
		s.settle(o)
		from += s.parser.pos
		s.parser.reset()
	}
	if s.quitting {
		return len(b)
	}
	return from
}

// settle answers what is no command.
func (s *Session) settle(o outcome) {
	switch o {
	case refused:
		s.commands++
		s.answer(appendError(s.begin(), s.parser.refusalText(lookup(s.parser.refusal.name))))
	case failed:
		s.answer(appendError(s.begin(), s.parser.failure))
		s.quitting = true
	}
}

// take executes the command that was parsed; false = it has to wait.
func (s *Session) take(b []byte, own bool) bool {
	if cap(s.argv) > keepArguments {
		s.argv = nil
	}
	s.argv = s.parser.arguments(b, s.argv[:0])
	return s.dispatch(own)
}
