package planted

// Bug is one planted bug.
type Bug uint8

// None is no bug.
const None Bug = 0

// The bugs, in the order of the rules that they break.
const (
	ApplyOlder Bug = iota + 1
	ClockFromWall
	ForgetSeen
	ShownAboveCeiling
	StampAboveCeiling
	CeilingPassed
	TrustNewer
	ExpiryByWall
	ForgetMark
	ChecksumWithoutExpiry
	DeleteSkipped
	AnyVolume
	AnswerBeforeSync
	AckBeforeSync
	MissWithoutNote
	MarkUnsynced
	PaceNeverEnds
	ReserveKept
	AheadKept
	RoomKept
	BusyAfterSend
	BusyWhileOwed
	BusyWhilePaid
	RecordNotKept
	EntryDropped
	RottenRowStays
	BufferUnbounded
	SlowPassesCap
	ExpiredIsLost
	CollapseWithoutMark
	MarkNotJournaled
	GenerationIgnored
	MarkClearedEarly
	DirtyAgree
	MarkCovers
	MarkEndsBare
	SuspectsEndBare
	EqualBeforePayment
	NoteEndsUnconfirmed
	NoteEndsOnOlder
	NoteEndsUnproved
	PayOlder
	DeleteDroppedEarly
	OpenCollapses
	OlderNoteLeft
	EndUnsynced
	LargeOvertakes
	WriteBackNoted
	SettledTooHigh
	SuspectsForgotten
	SuspectsProvedByTwo
	ComputedUnnoted
	UnsentPaid
	SyncErrorIsSuccess
	JournalUnsynced
	StepSplit
	DebtStays
	OwedVouches
	DirtyVouches
	AnybodyAnswers
	FirstNotNewest
	AnswerUnsettled
	HeadUnsettled
	ReadUnsynced
	RottenIsNone
	EqualUnread
	RottenUnused
	GateOpen
	BlindPassesGate
	OwnWriteUnseen
	WipedTrusted
	FormerConfirms
	HolderGone
	RollbackTrusted
	SessionUnjournaled
	ChecksumIgnored
	SequenceIgnored
	SilenceForgiven
	LateReplySettles
	PauseBlamed
	PaymentStops
	RepairOneWay
	DigestWithoutTombstones
	ProvedNow
	FlushNotToldOnReturn
	FlushMissesOwed
	FlushToldEarly
	DigestKeepsReplaced
	StaleEpochObeyed
	AdoptedEpochLow
	AdoptedClockBehind
	AdoptedFlushesForgotten
	AdoptedTrusted
	RelaxedEndsNote
	RelaxedEndsDoubt
	Bugs // their number, and None
)

// About says what is broken, which rule that breaks, and which run-time assertion has to catch it, if one is meant for it: the numbers are
// those of internal/coord/invariant.go.
type About struct {
	Name      string
	Rule      Rule
	Text      string
	Assertion int
}

// Assertions is the number of run-time assertions.
const Assertions = 10

// List tells about every bug.
var List = [Bugs]About{
	ApplyOlder:              {"ApplyOlder", ruleNewer, "apply without comparing versions", 6},
	ClockFromWall:           {"ClockFromWall", ruleSeen, "version clock restarted from the wall clock", 0},
	ForgetSeen:              {"ForgetSeen", ruleSeen, "a version that was seen is not merged into the clock", 3},
	ShownAboveCeiling:       {"ShownAboveCeiling", ruleCeiling, "an answer shows a version above the durable ceiling", 0},
	StampAboveCeiling:       {"StampAboveCeiling", ruleCeiling, "versions are stamped above the durable ceiling", 3},
	CeilingPassed:           {"CeilingPassed", ruleCeiling, "later commands pass a write that waits for a ceiling", 0},
	TrustNewer:              {"TrustNewer", ruleElsewhere, "a newer version from elsewhere settles a write", 0},
	ExpiryByWall:            {"ExpiryByWall", ruleOneClock, "expiry judged by two clocks", 0},
	ForgetMark:              {"ForgetMark", ruleMark, "an answered expiry is not made durable", 0},
	ChecksumWithoutExpiry:   {"ChecksumWithoutExpiry", ruleOrder, "equal versions of different bytes have two winners", 0},
	DeleteSkipped:           {"DeleteSkipped", ruleDelete, "a delete of a key that a vouching copy does not have writes nothing", 0},
	AnyVolume:               {"AnyVolume", ruleVolume, "a server starts on the volume of another", 0},
	AnswerBeforeSync:        {"AnswerBeforeSync", ruleConfirmed, "a server confirms before its disk has synced", 0},
	AckBeforeSync:           {"AckBeforeSync", ruleNoted, "acknowledge before the journal is synced", 1},
	MissWithoutNote:         {"MissWithoutNote", ruleNoted, "a copy that does not answer is not noted as owed", 1},
	MarkUnsynced:            {"MarkUnsynced", ruleNoted, "a mark that takes the place of a confirmation is not waited for", 0},
	PaceNeverEnds:           {"PaceNeverEnds", ruleDeadline, "a copy that does not answer is waited for without end", 0},
	ReserveKept:             {"ReserveKept", ruleReserve, "reserved space of the journal is not given back", 0},
	AheadKept:               {"AheadKept", ruleHeld, "a write that was stamped again stays counted as one that waits for it", 0},
	RoomKept:                {"RoomKept", ruleHeld, "room for a large value is not given back by what fails", 0},
	BusyAfterSend:           {"BusyAfterSend", ruleNothing, "BUSY although a frame of the write has left", 10},
	BusyWhileOwed:           {"BusyWhileOwed", ruleRefusals, "every second write is refused as long as something is owed", 0},
	BusyWhilePaid:           {"BusyWhilePaid", ruleRefusals, "a read of what is just being paid is refused", 0},
	RecordNotKept:           {"RecordNotKept", ruleBuffered, "a write that no server took is journaled without its record", 0},
	EntryDropped:            {"EntryDropped", ruleRoom, "an entry past the budget is dropped", 10},
	RottenRowStays:          {"RottenRowStays", ruleRoom, "a rotten value stays in the journal", 0},
	BufferUnbounded:         {"BufferUnbounded", ruleCap, "the buffer takes more than its cap", 0},
	SlowPassesCap:           {"SlowPassesCap", ruleCap, "writes that only slow servers could take pass the buffer's cap", 0},
	ExpiredIsLost:           {"ExpiredIsLost", ruleShrunk, "an expired entry that nobody holds is declared lost", 0},
	CollapseWithoutMark:     {"CollapseWithoutMark", ruleMarks, "a partition collapses without a dirty mark", 0},
	MarkNotJournaled:        {"MarkNotJournaled", ruleMarks, "a dirty mark is known in memory only", 0},
	GenerationIgnored:       {"GenerationIgnored", ruleGeneration, "a comparison clears a mark made after it began", 5},
	MarkClearedEarly:        {"MarkClearedEarly", ruleEquality, "a dirty mark is cleared without equality", 0},
	DirtyAgree:              {"DirtyAgree", ruleEquality, "two dirty copies that agree clear their marks while a third holds the truth", 0},
	MarkCovers:              {"MarkCovers", ruleMisses, "a copy that is marked is not owed what it misses", 0},
	MarkEndsBare:            {"MarkEndsBare", ruleJournalAlone, "the end of a mark leaves no note of what the journal alone has", 0},
	SuspectsEndBare:         {"SuspectsEndBare", ruleJournalAlone, "the end of what is suspect leaves no note of what the journal alone has", 0},
	EqualBeforePayment:      {"EqualBeforePayment", ruleJournalAlone, "a comparison under which a note ended ends marks and what is suspect", 0},
	NoteEndsUnconfirmed:     {"NoteEndsUnconfirmed", ruleNotes, "a note is removed before the server confirmed", 5},
	NoteEndsOnOlder:         {"NoteEndsOnOlder", ruleNotes, "a note ends on the confirmation of an older version", 5},
	NoteEndsUnproved:        {"NoteEndsUnproved", ruleNotes, "a note ends without the apply sequence that proves it", 0},
	PayOlder:                {"PayOlder", ruleNotes, "early correction sends an older version than the note says", 0},
	DeleteDroppedEarly:      {"DeleteDroppedEarly", ruleOwed, "a delete is dropped before all copies have it", 0},
	OpenCollapses:           {"OpenCollapses", ruleNewest, "an entry collapses while an older write of its key is under way", 0},
	OlderNoteLeft:           {"OlderNoteLeft", ruleNewest, "an answer leaves an older note behind", 0},
	EndUnsynced:             {"EndUnsynced", ruleNewest, "an answer does not wait for the end of an older note", 0},
	LargeOvertakes:          {"LargeOvertakes", ruleNewest, "a large value is sent before a small one of its key that was sent earlier is settled", 0},
	WriteBackNoted:          {"WriteBackNoted", ruleNewest, "what a read writes back is noted though the copy may have confirmed something newer", 0},
	SettledTooHigh:          {"SettledTooHigh", ruleSettled, "settled-through passes writes under way", 0},
	SuspectsForgotten:       {"SuspectsForgotten", ruleSuspect, "an unclean end leaves nothing suspect", 0},
	SuspectsProvedByTwo:     {"SuspectsProvedByTwo", ruleSuspect, "two equal copies of three end what is suspect", 0},
	ComputedUnnoted:         {"ComputedUnnoted", ruleSuspect, "what was computed without having heard every copy is sent before it is noted", 0},
	UnsentPaid:              {"UnsentPaid", ruleSuspect, "what must be noted first is paid before the note is durable", 0},
	SyncErrorIsSuccess:      {"SyncErrorIsSuccess", ruleFailed, "a failed sync of the journal is taken for success", 0},
	JournalUnsynced:         {"JournalUnsynced", ruleSteps, "the journal reports what it has not synced", 0},
	StepSplit:               {"StepSplit", ruleSteps, "a step goes into two records of the journal's log", 0},
	DebtStays:               {"DebtStays", ruleLost, "a note that can't be paid stays", 0},
	OwedVouches:             {"OwedVouches", ruleVouch, "a copy that is owed the key vouches for it", 0},
	DirtyVouches:            {"DirtyVouches", ruleVouch, "a copy that is owed the partition vouches for it", 0},
	AnybodyAnswers:          {"AnybodyAnswers", ruleBasis, "any copy's answer will do", 4},
	FirstNotNewest:          {"FirstNotNewest", ruleLatest, "the first answer wins, not the newest", 0},
	AnswerUnsettled:         {"AnswerUnsettled", ruleUncovered, "an answer is not settled first", 0},
	HeadUnsettled:           {"HeadUnsettled", ruleUncovered, "an answer without the value is not settled first", 0},
	ReadUnsynced:            {"ReadUnsynced", ruleSynced, "a server gives out a record that is not synced", 0},
	RottenIsNone:            {"RottenIsNone", ruleRotten, "a rotten record is taken for none", 0},
	EqualUnread:             {"EqualUnread", ruleRotten, "a server confirms a rotten record as equal", 0},
	RottenUnused:            {"RottenUnused", ruleRotten, "a copy whose record is rotten counts as one that may hold anything", 0},
	GateOpen:                {"GateOpen", ruleGate, "read-modify-writes of a key are not serialised", 0},
	BlindPassesGate:         {"BlindPassesGate", ruleGate, "a blind write passes a read-modify-write", 0},
	OwnWriteUnseen:          {"OwnWriteUnseen", ruleThen, "a client is shown a note that is older than its own write", 0},
	WipedTrusted:            {"WipedTrusted", ruleWiped, "a wiped server is trusted", 0},
	FormerConfirms:          {"FormerConfirms", ruleWiped, "what a volume confirmed that is there no more counts for writes under way", 0},
	HolderGone:              {"HolderGone", ruleWiped, "the journal does not take back what only the wiped volume held of a write under way", 0},
	RollbackTrusted:         {"RollbackTrusted", ruleRolledBack, "a rolled back volume is trusted", 0},
	SessionUnjournaled:      {"SessionUnjournaled", ruleIdentity, "store ids are known in memory only", 0},
	ChecksumIgnored:         {"ChecksumIgnored", ruleFrames, "frame checksum not verified", 0},
	SequenceIgnored:         {"SequenceIgnored", ruleFrames, "a gap or a repeat does not close the link", 0},
	SilenceForgiven:         {"SilenceForgiven", ruleSilence, "a silent server is never given up", 0},
	LateReplySettles:        {"LateReplySettles", ruleSession, "a late reply settles a newer write", 5},
	PauseBlamed:             {"PauseBlamed", rulePause, "the router's own pause counts against its servers", 0},
	PaymentStops:            {"PaymentStops", ruleCorrection, "early correction does not begin its walk again", 0},
	RepairOneWay:            {"RepairOneWay", ruleBothWays, "the sweep repairs to the home copy only", 0},
	DigestWithoutTombstones: {"DigestWithoutTombstones", ruleDigests, "digests leave tombstones out", 0},
	ProvedNow:               {"ProvedNow", ruleProved, "everything is said to be proved equal as of now", 0},
	FlushNotToldOnReturn:    {"FlushNotToldOnReturn", ruleFlush, "a server that comes back is not told of flushes", 0},
	FlushMissesOwed:         {"FlushMissesOwed", ruleFlush, "a flush misses a record that is owed", 0},
	FlushToldEarly:          {"FlushToldEarly", ruleFlush, "a flush is told to servers before it is durable", 0},
	DigestKeepsReplaced:     {"DigestKeepsReplaced", ruleKeptDigests, "a digest keeps the record that was replaced", 8},
	StaleEpochObeyed:        {"StaleEpochObeyed", ruleEpochs, "a server obeys a router that was replaced", 7},
	AdoptedEpochLow:         {"AdoptedEpochLow", ruleEpochs, "an adoption does not pass the epochs that servers have served", 0},
	AdoptedClockBehind:      {"AdoptedClockBehind", ruleAdopted, "an adoption does not pass the versions that servers have", 0},
	AdoptedFlushesForgotten: {"AdoptedFlushesForgotten", ruleAdopted, "an adoption forgets the flushes that only servers know", 0},
	AdoptedTrusted:          {"AdoptedTrusted", ruleAdopted, "copies vouch after an adoption as if nothing was lost", 0},
	RelaxedEndsNote:         {"RelaxedEndsNote", ruleRelaxed, "a note ends on a confirmation that is not synced", 0},
	RelaxedEndsDoubt:        {"RelaxedEndsDoubt", ruleRelaxed, "a mark, or what is suspect, ends by copies that are equal and not synced", 5},
}
