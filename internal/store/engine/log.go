package engine

import (
	"fmt"
	"sync"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// fatal is the panic of a logger that was asked to end the process. Where it happens in a call of
// the store it becomes that store's final error; elsewhere it ends the process.
type fatal struct{ text string }

func (f fatal) Error() string { return f.text }

// logger passes Pebble's errors on and drops its chatter.
type logger struct {
	logf func(format string, args ...any)
}

func (l logger) Infof(string, ...any) {}

func (l logger) Errorf(format string, args ...any) { l.logf(format, args...) }

func (l logger) Fatalf(format string, args ...any) {
	panic(fatal{fmt.Sprintf(format, args...)})
}

// repeatAfter is how long the same complaint is kept back: Pebble retries a failed flush or
// compaction at once, and a full disk must not also fill the log.
const repeatAfter = 10 * time.Second

// damper drops a line that was passed on a moment ago.
type damper struct {
	logf func(format string, args ...any)
	mu   sync.Mutex
	last string
	at   time.Time
}

func (d *damper) say(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if now := time.Now(); line != d.last || now.Sub(d.at) >= repeatAfter {
		d.last, d.at = line, now
		d.logf("%s", line)
	}
}

func listener(logf func(format string, args ...any), stumble func(), damaged func(pebble.DataCorruptionInfo)) *pebble.EventListener {
	d := &damper{logf: logf}
	l := &pebble.EventListener{
		BackgroundError: func(err error) {
			stumble()
			d.say("volume: in the background: " + err.Error())
		},
		DataCorruption: func(i pebble.DataCorruptionInfo) {
			damaged(i)
			d.say("volume: damaged file " + i.Path + ": " + i.Details.Error())
		},
		DiskSlow:        func(i pebble.DiskSlowInfo) { d.say("volume: slow disk: " + i.String()) },
		WriteStallBegin: func(i pebble.WriteStallBeginInfo) { d.say("volume: writes wait for the disk: " + i.Reason) },
	}
	// Events nobody asked for would otherwise go to the logger.
	l.EnsureDefaults(nil)
	return l
}
