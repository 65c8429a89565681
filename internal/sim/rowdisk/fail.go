package rowdisk

// way is how a disk fails.
type way uint8

const (
	cached way = iota // a sync fails, and what was written is in the system's memory only
	lies              // and it is on the disk
	full              // there is no room for all that is written
)

// ways is the order in which disks fail. One is full too where nothing is on its way.
var ways = [...]way{cached, lies, cached, full}

// Fail has the journal's disk fail, in another way each time.
func (v *durable) Fail(steps []Step) {
	v.turn()
	how := ways[v.all.Ways%4]
	v.all.Ways++
	if steps = apart(steps); sum(steps, cost) > turnBytes { // it would turn the log in the midst of them
		v.Commit(steps)
		v.turn()
		steps = nil
	}
	f := faults{syncFails: how == cached, syncLies: how == lies, full: how == full}
	if len(steps) == 0 {
		how, f = full, faults{full: true}
		steps = []Step{{Seq: 1, Ops: []Op{{Delete: true, Key: nowhere}}}}
	} else if how == full {
		f.room = sum(steps, size) * int(v.all.Ways>>2%4) / 4
	}
	v.disk.set(f)
	v.send(steps)
	v.inbox.awaitFailure()
	v.failed, v.full, v.sure, v.under = true, how == full, how == cached, steps
	if how == lies {
		v.twin.Commit(steps)
		v.under = nil
	}
}

// nowhere is the key of a row that is never there.
const nowhere = "\xff"
