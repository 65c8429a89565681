// Package coord owns every decision of a router.
//
// It decides and does nothing: no goroutine, channel, lock, clock, socket, file or log. A driver
// (internal/router, internal/sim) calls Step with what happened, and carries out the effects in the
// order in which they stand:
//
//  1. lane bytes go to their server in the order of the buffer; so do handshake frames and closes;
//  2. journal operations are committed in order, those of one step all or none, and their sync is
//     reported by InJournalSynced; a journal read sees every operation emitted before it;
//  3. replies may be sent at once: one that depends on the journal is not emitted before
//     the entry was reported synced.
package coord
