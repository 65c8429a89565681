package campaign

import (
	"errors"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/ring"
	"github.com/distributedstorage/ds/internal/sim/disk"
	"github.com/distributedstorage/ds/internal/sim/oracle"
	"github.com/distributedstorage/ds/internal/wire"
)

// state is something rare that a campaign must have reached, or it proves nothing.
type state uint8

const (
	stateOwed state = iota
	stateBuffered
	statePaid
	stateLateCorrection
	stateDirty
	stateClean
	stateWiped
	stateRolledBack
	stateAway
	stateBehind
	stateFlush
	statePause
	stateDifference
	stateRefused
	stateVanished
	stateKilledUnsynced
	stateRouterUnsynced
	stateTornJournal
	stateRestartInCorrection
	stateAnsweredAfterOwed
	stateBusy
	stateNoServer
	stateUnknown
	stateNewerMet
	stateWipedAsked
	stateShrunk
	stateSuspect
	stateAllAway
	stateFlushAway
	stateTooLong
	stateDeep
	stateCollapsed
	stateCleanLost
	stateSlow
	stateKeepsUp
	stateJournalFailed
	stateHalfOpen
	stateTornVolume
	stateMixedUp
	stateRotted
	stateRotten
	stateRotUnread
	stateGap
	stateChecksum
	stateSyncError
	stateDiskFull
	stateRotJournal
	stateForeign
	stateOnlyInJournal
	stateLostNoticed
	stateOlderNoticed
	stateLostAdopted
	stateOlderAdopted
	stateGivenUp
	stateReplaced
	stateFenced
	stateServedAmid
	stateRelaxed
	stateRelaxedCut
	stateRelaxedBack
	statePowerCut
	stateTight
	stateCompacted
	stateCutInside
	stateCutOpen
	stateTornLog
	stateJournalCut
	stateJournalTorn
	stateJournalReopened
	stateJournalCached
	stateJournalFull
	stateRotBlock
	stateRotHeads
	stateUnread
	stateSpoiled
	stateSpoiledRefused
	stateSpoiledOpened
	stateChunked
	stateCutOff
	stateWithdrawn
	stateRoomFull
	stateJournalTight
	stateListedMany
	stateListedPart
	stateTogether
	stateHead
	states
)

// StateNames say what each state is, for the tables of a campaign.
var StateNames = [states]string{
	stateOwed:                "a write became owed",
	stateBuffered:            "a write that no server took",
	statePaid:                "a note was paid by early correction",
	stateLateCorrection:      "a read or the sweep corrected a copy",
	stateDirty:               "a partition was marked dirty",
	stateClean:               "a dirty mark was cleared",
	stateWiped:               "a wiped volume was noticed",
	stateRolledBack:          "a rolled back volume was noticed",
	stateAway:                "a server was found away",
	stateBehind:              "a server fell behind",
	stateFlush:               "a database was flushed",
	statePause:               "the router noticed its own pause",
	stateDifference:          "a comparison found a difference",
	stateRefused:             "a server was refused",
	stateVanished:            "a client vanished with calls under way",
	stateKilledUnsynced:      "a server lost what it had not synced",
	stateRouterUnsynced:      "the router lost rows that were not synced",
	stateTornJournal:         "the journal ended in the middle of what was written",
	stateRestartInCorrection: "the router was killed in the middle of early correction",
	stateAnsweredAfterOwed:   "a write was answered after one of its copies became owed",
	stateBusy:                "BUSY",
	stateNoServer:            "NOSERVER",
	stateUnknown:             "UNKNOWN",
	stateNewerMet:            "a note or repair met a newer write on the copy",
	stateWipedAsked:          "a copy that is owed everything was asked and had nothing",
	stateShrunk:              "an entry shrank to key and version",
	stateSuspect:             "versions became suspect",
	stateAllAway:             "every server was away",
	stateFlushAway:           "a database was flushed while a server was away",
	stateTooLong:             "an APPEND grew past the largest value",
	stateDeep:                "a pipeline of dozens of calls was under way",
	stateCollapsed:           "entries of a partition collapsed into dirty marks",
	stateCleanLost:           "the only clean copy of a partition went",
	stateSlow:                "a server was found slow",
	stateKeepsUp:             "a slow server kept up again",
	stateJournalFailed:       "the journal failed",
	stateHalfOpen:            "a server went without the router being told",
	stateTornVolume:          "a volume ended in the middle of what was not synced",
	stateMixedUp:             "a server refused the volume of another",
	stateRotted:              "a bit of a stored value flipped",
	stateRotten:              "a rotten record was noticed",
	stateRotUnread:           "a rotten record was still there in the end, unread",
	stateGap:                 "a frame out of sequence closed its link",
	stateChecksum:            "a damaged frame closed its link",
	stateSyncError:           "a failed sync ended a server",
	stateDiskFull:            "a full disk ended a server",
	stateRotJournal:          "a bit of a value in the journal flipped",
	stateForeign:             "a server held a record of another router",
	stateOnlyInJournal:       "a record went with the journal, which alone had it",
	stateLostNoticed:         "a router on an empty volume served nobody",
	stateOlderNoticed:        "a router on an older copy of its journal served nobody",
	stateLostAdopted:         "the servers of a lost journal were adopted",
	stateOlderAdopted:        "the servers of a newer journal were adopted",
	stateGivenUp:             "a server that was lost with a journal was given up",
	stateReplaced:            "another router took the place of one that stood still",
	stateServedAmid:          "a key whose servers were well was served while another server suffered",
	stateRelaxed:             "a write was settled by an answer that was not synced",
	stateRelaxedCut:          "a power cut took what a server had answered and not synced",
	stateRelaxedBack:         "a server that lost it was noticed as rolled back",
	stateFenced:              "a router that was replaced was told so by a server",
	statePowerCut:            "the power went in the middle of a sync",
	stateTight:               "a server refused a write for want of room",
	stateCompacted:           "an engine wrote out and merged what it held",
	stateCutInside:           "the power went in the middle of an engine's call",
	stateCutOpen:             "the power went, or the disk failed, while an engine was opened",
	stateTornLog:             "an engine's log ended in the middle of what was not synced",
	stateJournalCut:          "the power went while a real journal synced, and a part of the steps was there",
	stateJournalTorn:         "a real journal was opened whose log had a torn tail",
	stateJournalReopened:     "a real journal failed and was opened again",
	stateJournalCached:       "and had what only the system's memory had shown",
	stateJournalFull:         "a real journal failed because its disk was full",
	stateRotBlock:            "a block of an engine's file was damaged",
	stateRotHeads:            "a block with heads was damaged, and cut out",
	stateUnread:              "an engine's file could not be read",
	stateSpoiled:             "a file of a volume was damaged, cut off or lost",
	stateSpoiledRefused:      "a damaged volume was not opened, and emptied",
	stateSpoiledOpened:       "a damaged volume was opened without what was lost",
	stateChunked:             "a large value went in several chunks",
	stateCutOff:              "a link ended in the middle of a large value",
	stateWithdrawn:           "a large value was withdrawn before it left",
	stateRoomFull:            "a large value waited for room",
	stateJournalTight:        "the disk under the journal was full",
	stateListedMany:          "a listing showed more than one key",
	stateListedPart:          "a listing ended before its partition did",
	stateHead:                "a head was told whose value is known",
	stateTogether:            "calls for many keys reached the router at once",
}

func (r *run) saw(s state) { r.out.Seen[s]++ }

var eventStates = map[coord.EventKind]state{
	coord.EventOwed: stateOwed, coord.EventBuffered: stateBuffered, coord.EventPaid: statePaid,
	coord.EventLateCorrection: stateLateCorrection, coord.EventDirty: stateDirty, coord.EventClean: stateClean,
	coord.EventServerWiped: stateWiped, coord.EventServerRolledBack: stateRolledBack, coord.EventServerAway: stateAway,
	coord.EventServerBehind: stateBehind, coord.EventFlush: stateFlush, coord.EventPause: statePause,
	coord.EventSweepDifference: stateDifference, coord.EventServerRefused: stateRefused,
	coord.EventCollapsed: stateCollapsed, coord.EventCleanLost: stateCleanLost, coord.EventServerSlow: stateSlow,
	coord.EventServerKeepsUp: stateKeepsUp, coord.EventJournalFailed: stateJournalFailed, coord.EventRotten: stateRotten,
}

// event takes what the core tells.
func (r *run) event(ev coord.Event) {
	if s, ok := eventStates[ev.Kind]; ok {
		r.saw(s)
	}
	switch ev.Kind {
	case coord.EventServerReady:
		r.sessions[ev.Server]++
		r.alone = 0
		r.sessionBegun(ev.Server)
	case coord.EventServerWiped:
		r.alone = 0 // what its volume alone held is buffered again, as far as the journal has it
	case coord.EventServerRolledBack:
		r.alone = 0
		r.rolledBack(ev.Server)
	case coord.EventAdopted, coord.EventNothingToAdopt:
		r.alone = 0 // what an older journal has is buffered again, though it is more than the cap
		r.adopted(ev.Kind)
	case coord.EventLost:
		if r.volume.excused[place{ev.DB, ev.Partition}] {
			return
		}
		r.failf("NOLOSS", r.keyIn(place{ev.DB, ev.Partition}), "a record was declared lost, and no fault excuses it")
	case coord.EventConverged, coord.EventDiverged:
		r.proved(ev.N)
	case coord.EventPause:
		r.unsure = r.now()
	case coord.EventOwed:
		r.health.owed++
		r.uncollapsed.began(ev.Partition)
	case coord.EventCollapsed:
		r.uncollapsed.began(ev.Partition)
	case coord.EventServerAway, coord.EventFlush:
		r.awayStates(ev.Kind)
	}
}

func (r *run) awayStates(kind coord.EventKind) {
	away := 0
	for _, s := range r.w.Servers {
		if !s.Connected() {
			away++
		}
	}
	switch {
	case kind == coord.EventFlush && away > 0:
		r.saw(stateFlushAway)
	case kind == coord.EventServerAway && away == len(r.w.Servers):
		r.saw(stateAllAway)
	}
}

// applied sees a server's answer to a write, record its answer to a read.
func (r *run) applied(_ ring.Server, f *wire.Frame) {
	switch f.Code {
	case wire.Newer:
		r.saw(stateNewerMet)
	case wire.Failed:
		r.saw(stateTight)
	}
	if f.Relaxed {
		r.saw(stateRelaxed)
	}
}

func (r *run) record(n ring.Server, f *wire.Frame) {
	if f.Code == wire.StatusNone && r.w.Router.Dirty(n) {
		r.saw(stateWipedAsked)
	}
}

// row sees an operation on the journal.
func (r *run) row(key string, value []byte, deleted bool) {
	switch {
	case deleted:
	case key[0] == 'e' && value[kv.HeadSize+2] == 0 && kv.DecodeHead(value).Kind == kv.Live:
		r.saw(stateShrunk)
	case key[0] == 's':
		r.saw(stateSuspect)
	}
}

// noteAnswer sees the answer of a call.
func (r *run) noteAnswer(c *oracle.Call) {
	if c.Code == coord.ReplyTooLong {
		r.saw(stateTooLong)
	}
}

// broken sees why the network's doing closed a link, diskError why a disk's ended a server.
func (r *run) broken(err error) {
	if strings.Contains(err.Error(), "sequence") {
		r.saw(stateGap)
	} else {
		r.saw(stateChecksum)
	}
}

func (r *run) diskError(_ ring.Server, err error) {
	switch text := err.Error(); {
	case errors.Is(err, disk.ErrPower):
		r.saw(statePowerCut)
	case strings.Contains(text, "no space"):
		r.saw(stateDiskFull)
	default:
		r.saw(stateSyncError)
	}
}
