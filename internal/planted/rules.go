package planted

// Rule is a rule that bugs break.
type Rule uint8

// The rules of the design, in its order.
const (
	ruleNewer Rule = iota
	ruleSeen
	ruleCeiling
	ruleElsewhere
	ruleOneClock
	ruleMark
	ruleOrder
	ruleDelete
	ruleVolume
	ruleConfirmed
	ruleNoted
	ruleDeadline
	ruleReserve
	ruleHeld
	ruleNothing
	ruleRefusals
	ruleBuffered
	ruleRoom
	ruleCap
	ruleShrunk
	ruleMarks
	ruleGeneration
	ruleEquality
	ruleMisses
	ruleJournalAlone
	ruleNotes
	ruleOwed
	ruleNewest
	ruleSettled
	ruleSuspect
	ruleFailed
	ruleSteps
	ruleLost
	ruleVouch
	ruleBasis
	ruleLatest
	ruleUncovered
	ruleSynced
	ruleRotten
	ruleGate
	ruleThen
	ruleWiped
	ruleRolledBack
	ruleIdentity
	ruleFrames
	ruleSilence
	ruleSession
	rulePause
	ruleCorrection
	ruleBothWays
	ruleDigests
	ruleProved
	ruleFlush
	ruleKeptDigests
	ruleEpochs
	ruleAdopted
	ruleRelaxed
	numberOfRules
)

// Rules tells each rule, with the section of the design that it is from.
var Rules = [numberOfRules]struct{ Section, Text string }{
	ruleNewer:        {"§2", "what is applied anywhere is applied if it is newer"},
	ruleSeen:         {"§2", "what is stamped is above everything seen"},
	ruleCeiling:      {"§2", "what is stamped is at or below a durable ceiling"},
	ruleElsewhere:    {"§2", "a newer version on a copy settles a write only if this router stamped it later"},
	ruleOneClock:     {"§2", "expiries are stamped and judged by one clock, which never steps back"},
	ruleMark:         {"§2", "what was answered as expired stays so"},
	ruleOrder:        {"§2", "of equal versions one wins everywhere; a checksum covers kind, expiry and value"},
	ruleDelete:       {"§2", "a delete is a write, unless every copy answered that there is nothing"},
	ruleVolume:       {"§2", "a volume of another number or geometry is refused"},
	ruleConfirmed:    {"§3", "a copy is settled by its own synced confirmation"},
	ruleNoted:        {"§3", "a copy that has not confirmed is settled by a durable note or mark"},
	ruleDeadline:     {"§3", "who does not answer within the deadline is owed, and waited for no longer"},
	ruleReserve:      {"§3", "room in the journal is reserved before anything is sent, and given back"},
	ruleHeld:         {"§3", "what an operation holds, and is counted by, ends with it"},
	ruleNothing:      {"§3", "what tells that nothing was done tells the truth"},
	ruleRefusals:     {"§3", "nobody is refused whose servers are well and for whom there is room"},
	ruleBuffered:     {"§3", "a write that no server took is on the router's disk with its record"},
	ruleRoom:         {"§4", "past its budget the journal shrinks entries, then collapses them; nothing is dropped silently"},
	ruleCap:          {"§4", "the buffer refuses new writes when it is full"},
	ruleShrunk:       {"§4", "a shrunk entry keeps kind and expiry"},
	ruleMarks:        {"§4", "a dirty mark takes the place of what collapsed, durably"},
	ruleGeneration:   {"§4", "a mark ends only by a comparison that began with it"},
	ruleEquality:     {"§4", "a mark ends by equality with a clean copy, or of all copies"},
	ruleMisses:       {"§4", "a write that a marked copy misses leaves its own note"},
	ruleJournalAlone: {"§4", "copies that are equal prove nothing of what the journal alone has"},
	ruleNotes:        {"§4", "a note ends only on a synced confirmation of its version or a newer one, which a restored volume can't outlive"},
	ruleOwed:         {"§4", "what a copy misses it is owed until it has it"},
	ruleNewest:       {"§4", "an entry is the newest version that was acknowledged; no older one outlives it"},
	ruleSettled:      {"§4", "everything at or below settled-through is settled or noted"},
	ruleSuspect:      {"§4", "versions that an unclean end left are suspect until all copies were proved equal"},
	ruleFailed:       {"§4", "after a failed sync the journal takes nothing"},
	ruleSteps:        {"§4", "a step is on the journal's disk whole or not at all, and certainly before it is reported"},
	ruleLost:         {"§4", "a note that can't be paid blocks neither reads nor other notes"},
	ruleVouch:        {"§5", "a copy vouches only if it is owed neither the key nor its partition"},
	ruleBasis:        {"§5", "an answer needs a vouching copy, all copies, or the journal's record"},
	ruleLatest:       {"§5", "the newest answer wins, and older copies are corrected"},
	ruleUncovered:    {"§5", "an answer that not every copy holds is settled first"},
	ruleSynced:       {"§5", "a server gives out a record only once it is synced"},
	ruleRotten:       {"§5", "a rotten record is neither none nor confirmed, and its version still counts"},
	ruleGate:         {"§5", "what reads and writes a key has it for itself"},
	ruleThen:         {"§5", "a read is judged by what was noted when it began"},
	ruleWiped:        {"§6", "a wiped volume is owed everything, and what it confirmed counts no more"},
	ruleRolledBack:   {"§6", "a volume that was rolled back is owed everything"},
	ruleIdentity:     {"§6", "store ids and apply sequences are durable before a hello is accepted"},
	ruleFrames:       {"§6", "a damaged frame, a gap or a repeat closes the link"},
	ruleSilence:      {"§6", "a silent server is given up"},
	ruleSession:      {"§6", "an answer counts for the request that it was given to"},
	rulePause:        {"§6", "the router does not blame servers for its own pause"},
	ruleCorrection:   {"§7", "early correction goes on until nothing is owed"},
	ruleBothWays:     {"§7", "a difference is repaired both ways"},
	ruleDigests:      {"§7", "digests cover tombstones too"},
	ruleProved:       {"§7", "the time since when all is equal is the beginning of a comparison of all copies"},
	ruleFlush:        {"§7", "a flush reaches every copy and every note, and no server before it is durable"},
	ruleKeptDigests:  {"§7", "the digest that a volume keeps of a partition is that of its records"},
	ruleEpochs:       {"§6", "a router that was replaced is refused, one that takes over is not"},
	ruleAdopted:      {"§6", "an adoption knows what the servers know, and trusts no copy"},
	ruleRelaxed:      {"§3", "with a relaxed durability, what is not synced ends no note, no mark and no doubt"},
}
