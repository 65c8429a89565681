package router

import (
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/distributedstorage/ds/internal/coord"
)

// eventForm is how one kind of event is shown: every one is counted; those of single keys are logged
// at debug level or sampled, since there may be a million of them.
type eventForm struct {
	metric, help string
	level        zapcore.Level
	message      string
	fields       eventFields
}

// eventFields tells which fields of an event mean something.
type eventFields uint8

const (
	withServer eventFields = 1 << iota
	withDB
	withPartition
	withVersion
	withN
	withReason // N is a coord.Unfit
)

var eventForms = [...]eventForm{
	coord.EventServerReady:      {"sessions", "Sessions that servers began.", zap.InfoLevel, "server has a session", withServer | withN},
	coord.EventServerAway:       {"server_away", "Times that a server went away.", zap.InfoLevel, "server is away", withServer},
	coord.EventServerInSync:     {"server_in_sync", "Times that a server came in sync.", zap.InfoLevel, "server is in sync", withServer},
	coord.EventServerBehind:     {"server_behind", "Times that a server fell behind.", zap.InfoLevel, "server is behind", withServer},
	coord.EventServerRefused:    {"refused", "Sessions that were refused.", zap.WarnLevel, "server was refused", withServer | withN},
	coord.EventServerWiped:      {"wiped", "Servers that came back with another store id.", zap.WarnLevel, "server was wiped: it is owed everything", withServer},
	coord.EventServerRolledBack: {"rolled_back", "Servers that came back with an older volume.", zap.WarnLevel, "server was rolled back: it is owed everything", withServer},
	coord.EventOwed:             {"owed", "Writes that became owed to a server.", zap.DebugLevel, "write is owed", withServer | withDB},
	coord.EventBuffered:         {"buffered", "Writes that no server took.", zap.DebugLevel, "write is buffered", withDB},
	coord.EventPaid:             {"early_corrections", "Owed entries that were paid.", zap.DebugLevel, "owed write was paid", withServer | withDB},
	coord.EventLateCorrection:   {"late_corrections", "Newer records written back by a read or the sweep.", zap.DebugLevel, "late correction", withServer | withDB},
	coord.EventLost:             {"lost", "Owed entries that no copy holds.", zap.WarnLevel, "an owed record is lost", withDB | withVersion},
	coord.EventCleanLost:        {"clean_lost", "Times that the only clean copy of partitions was lost.", zap.ErrorLevel, "the only clean copy of partitions is gone: what no other copy holds is lost", withServer | withN},
	coord.EventCollapsed:        {"collapses", "Partitions whose owed entries became dirty marks.", zap.InfoLevel, "owed entries became dirty marks", withPartition | withN},
	coord.EventDirty:            {"dirty", "Times that partitions of a server became dirty.", zap.WarnLevel, "partitions of a server are dirty", withServer | withN},
	coord.EventClean:            {"clean", "Dirty marks that were cleared.", zap.DebugLevel, "partition is clean again", withServer | withPartition},
	coord.EventSweepDifference:  {"sweep_differences", "Partitions whose copies differed, what is owed included.", zap.DebugLevel, "copies of a partition differ", withPartition},
	coord.EventConverged:        {"converged", "Times that the store converged.", zap.InfoLevel, "the store has converged", 0},
	coord.EventDiverged:         {"diverged", "Times that the store was converged no more.", zap.InfoLevel, "the store is not converged", 0},
	coord.EventFlush:            {"flushes", "Databases that were emptied.", zap.InfoLevel, "database was flushed", withDB | withVersion},
	coord.EventRotten:           {"rotten", "Damaged records that servers found.", zap.WarnLevel, "server holds a damaged record", withServer | withDB},
	coord.EventJournalFailed:    {"journal_failures", "Times that the journal failed.", zap.ErrorLevel, "the journal failed", 0},
	coord.EventServerSlow:       {"server_slow", "Times that a server missed its deadlines and is not waited for.", zap.WarnLevel, "server is slow", withServer},
	coord.EventServerKeepsUp:    {"server_keeps_up", "Times that a slow server kept up again.", zap.InfoLevel, "server keeps up again", withServer},
	coord.EventPause:            {"pauses", "Times that the router itself stood still.", zap.WarnLevel, "the router stood still", withN},
	coord.EventClockLeap:        {"clock_leaps", "Times that the wall clock leapt further ahead than is believed.", zap.ErrorLevel, "the wall clock leapt ahead and is not followed: if it is right now, restart the router", withN},
	coord.EventUnfit:            {"unfit", "Times that a server showed that this router must not serve.", zap.ErrorLevel, "the router must not serve", withServer | withReason},
	coord.EventAdopted:          {"adopted", "Adoptions of the servers of a lost or older journal.", zap.WarnLevel, "the servers of another journal were adopted: what only that one held (buffered writes) is lost; remove --adopt", withN},
	coord.EventNothingToAdopt:   {"nothing_to_adopt", "Starts with --adopt that found nothing to adopt.", zap.WarnLevel, "nothing needs adopting: remove --adopt", 0},
}

// observe turns an event into a metric and a log line. It is the only place that does.
func (r *Router) observe(e *coord.Event) {
	r.metrics.events[e.Kind].Inc()
	form := &eventForms[e.Kind]
	entry := r.sampled.Check(form.level, form.message)
	if entry == nil {
		return
	}
	fields := make([]zap.Field, 0, 4)
	if form.fields&withServer != 0 {
		fields = append(fields, zap.Uint16("server", uint16(e.Server)))
	}
	if form.fields&withDB != 0 {
		fields = append(fields, zap.Uint16("database", uint16(e.DB)))
	}
	if form.fields&withPartition != 0 {
		fields = append(fields, zap.Uint16("partition", uint16(e.Partition)))
	}
	if form.fields&withVersion != 0 {
		fields = append(fields, zap.Stringer("version", e.Version))
	}
	if form.fields&withN != 0 {
		fields = append(fields, zap.Int64("n", e.N))
	}
	if form.fields&withReason != 0 {
		fields = append(fields, zap.Stringer("reason", coord.Unfit(e.N)))
	}
	entry.Write(fields...)
}
