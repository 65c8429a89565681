package throttle

const (
	// intervalMillis is how long latency is gathered before it is judged: some hundred operations of a store that is
	// busy, and short beside the seconds in which people notice.
	intervalMillis = 100
	// fewest operations in an interval that count as traffic; fewer say nothing.
	fewest = 8
	// least is the keys that are always under repair, so that debts are paid however busy clients are.
	least = 128
	// first is where a repair begins.
	first = 256
	// What clients' mean latency may become: twice what it is without repairs, or 3 ms more. Above that the
	// processors are busy too, which clients feel before the core sees it.
	timesFloor = 2
	aboveFloor = 3e6
	// longest is what one operation counts at most: those that wait for a server which hangs say nothing of repairs.
	longest = 100e6
)

// Throttle adapts a limit to the latency of clients: it grows slowly while they do not suffer, and shrinks by a
// quarter when they do. It owns no clock; latencies are nanoseconds.
//
// Invariant: min(least, most) <= limit <= most.
type Throttle struct {
	most, limit int
	count, sum  int64 // of the operations since began
	began       int64 // steady milliseconds
	floor       int64 // mean without repairs; 0 = not known
}

// New is a throttle that never lets more than most keys be under repair.
func New(most int) Throttle { return Throttle{most: most, limit: min(first, most)} }

// Limit is the keys that may be under repair now.
func (t *Throttle) Limit() int { return t.limit }

// Served takes the latency of one client's operation.
func (t *Throttle) Served(nanos int64) {
	t.count++
	t.sum += min(nanos, longest)
}

// Tick judges an interval when it is over; repairing tells that keys are under repair.
func (t *Throttle) Tick(now int64, repairing bool) {
	if now-t.began < intervalMillis {
		return
	}
	count, sum := t.count, t.sum
	t.count, t.sum, t.began = 0, 0, now
	switch {
	case !repairing:
		t.limit = min(first, t.most)
		if count >= fewest {
			t.learn(sum / count)
		}
	case count < fewest:
		t.grow(t.limit)
	case t.suffer(sum / count):
		t.limit = max(min(least, t.most), t.limit-t.limit/4)
	default:
		t.grow(t.limit/8 + 1)
	}
}

func (t *Throttle) grow(by int) { t.limit = min(t.most, t.limit+by) }

// learn follows the latency that clients have by themselves: down at once, up slowly, so that a burst of theirs
// does not pass for what they are used to.
func (t *Throttle) learn(mean int64) {
	if t.floor == 0 || mean < t.floor {
		t.floor = mean
		return
	}
	t.floor += (mean - t.floor) / 64
}

func (t *Throttle) suffer(mean int64) bool {
	return mean > max(timesFloor*t.floor, t.floor+aboveFloor)
}
