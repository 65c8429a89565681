package sim

import (
	"encoding/binary"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/wire"
)

// Weather is what happens to the frames of one direction of a link. Shares are per mille of the frames.
type Weather struct {
	Until    int64 // steady milliseconds
	Delay    int64 // milliseconds
	Jitter   int64 // milliseconds, added or not
	PerTick  int   // bytes that pass in a tick; 0 = all
	Lost     int
	Doubled  int
	Swapped  int // with the one before
	Damaged  int // one bit is flipped
	Sequence uint64
}

// pipe is one direction of a link: a stream of bytes, in order unless the weather says otherwise.
type pipe struct {
	weather Weather
	flying  []parcel
	arrived []byte // not read yet
	room    []byte // to be used again once all was read: what was cut out of it is handled by then
	cut     [][]byte
	last    int64 // when the latest parcel arrives
	sent    int   // bytes of it that share its tick

	frames wire.Splitter // of what was read
	chunks uint32        // put on the way
	landed uint32        // chunks that have arrived
	before uint32        // of landed, those before the last ask whether it moves
	part   bool          // the last chunk that was read ends no frame
	misled bool          // a frame was lost, or a length damaged: its reader waits for what never comes, until the next frame or the silence ends the link
}

type parcel struct {
	at    int64
	bytes []byte
}

// close empties the pipe for another connection; the weather stays.
func (p *pipe) close() { *p = pipe{weather: p.weather} }

// calm tells that nothing is delayed, now or by the weather, and nothing was made to wait.
func (p *pipe) calm(now int64) bool { return len(p.flying) == 0 && p.weather.Until <= now && !p.misled }

// empty tells that nothing is on the way.
func (p *pipe) empty() bool { return len(p.flying) == 0 && len(p.arrived) == 0 }

// push puts whole frames on the way.
func (p *pipe) push(now int64, b []byte) {
	if p.weather.Until <= now && len(p.flying) == 0 {
		p.arrive(b)
		return
	}
	for len(b) >= 4 {
		n := 4 + int(binary.LittleEndian.Uint32(b))
		p.send(now, b[:n])
		b = b[n:]
	}
}

// large is a frame that travels in chunks.
type large struct{ head, value []byte }

func (l *large) ticket() uint64 {
	c := wire.NewCutter(l.head, l.value)
	return c.Ticket()
}

// midway tells that a large frame has arrived in part.
func (p *pipe) midway() bool { return p.part }

// moves tells that chunks have arrived since the last time that it was asked.
func (p *pipe) moves() bool {
	was := p.before
	p.before = p.landed
	return p.landed != was
}

// pushLarge puts large frames on the way, in chunks, as many at a time as a connection carries, one chunk of each in turn. It calls
// left for each.
func (p *pipe) pushLarge(now int64, frames []large, left func(ticket uint64, chunks int)) {
	for len(frames) > 0 {
		n := min(len(frames), wire.MaxStreams)
		var cutters [wire.MaxStreams]wire.Cutter
		var counts [wire.MaxStreams]int
		for i, l := range frames[:n] {
			cutters[i] = wire.NewCutter(l.head, l.value)
		}
		for more := true; more; {
			more = false
			for i := range cutters[:n] {
				if c := &cutters[i]; c.Left() > 0 {
					p.chunks++
					counts[i]++
					p.push(now, c.AppendNext(nil, p.chunks))
					more = true
				}
			}
		}
		for i := range frames[:n] {
			left(cutters[i].Ticket(), counts[i])
		}
		frames = frames[n:]
	}
}

// send decides the fate of one frame.
func (p *pipe) send(now int64, frame []byte) {
	w := &p.weather
	frame = append([]byte(nil), frame...)
	if w.Until <= now {
		p.fly(max(now, p.last), frame)
		return
	}
	at := max(p.last, now+w.Delay+p.draw(w.Jitter+1))
	switch fate := int(p.draw(1000)); {
	case fate < w.Lost:
		p.misled = true
		return
	case fate < w.Lost+w.Doubled:
		p.fly(at, frame)
	case fate < w.Lost+w.Doubled+w.Damaged:
		bit := p.draw(int64(8 * len(frame)))
		frame[bit/8] ^= 1 << (bit % 8)
		p.misled = p.misled || bit/8 < 4
	case fate < w.Lost+w.Doubled+w.Damaged+w.Swapped && len(p.flying) > 0:
		before := &p.flying[len(p.flying)-1].bytes
		*before, frame = frame, *before
	}
	p.fly(p.throttle(at, len(frame)), frame)
}

// throttle lets only so many bytes pass in a tick.
func (p *pipe) throttle(at int64, size int) int64 {
	if p.weather.PerTick == 0 {
		return at
	}
	if at > p.last {
		p.sent = 0
	}
	p.sent += size
	ticks := int64(p.sent / p.weather.PerTick)
	p.sent %= p.weather.PerTick
	return at + ticks*coord.TickInterval
}

func (p *pipe) fly(at int64, frame []byte) {
	p.last = at
	p.flying = append(p.flying, parcel{at, frame})
}

// draw gives a number below n, other ones for every frame.
func (p *pipe) draw(n int64) int64 {
	w := &p.weather
	w.Sequence = w.Sequence*6364136223846793005 + 1442695040888963407
	return int64(w.Sequence>>33) % n
}

// land moves what has arrived by now to where it is read.
func (p *pipe) land(now int64) {
	n := 0
	for n < len(p.flying) && p.flying[n].at <= now {
		p.arrive(p.flying[n].bytes)
		if wire.Chunked(p.flying[n].bytes) {
			p.landed++
		}
		n++
	}
	p.flying = p.flying[n:]
}

func (p *pipe) arrive(b []byte) {
	if len(p.arrived) > 0 {
		p.arrived = append(p.arrived, b...)
		return
	}
	p.arrived = append(p.room[:0], b...)
	p.room = p.arrived[:0]
}

// take cuts the first frames off what has arrived, as the programs do: an error means that the link must be closed.
func (p *pipe) take(most int) (frames [][]byte, err error) {
	frames = p.cut[:0]
	defer func() { p.cut = frames[:0] }()
	for len(frames) < most {
		f, n, err := p.frames.Next(p.arrived)
		if err != nil && len(frames) == 0 {
			return nil, err
		}
		if err != nil || n == 0 {
			break
		}
		if wire.Chunked(p.arrived) {
			p.part = f == nil
		}
		if p.arrived = p.arrived[n:]; f != nil {
			frames = append(frames, f)
		}
	}
	return frames, nil
}
