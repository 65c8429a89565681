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
	StampAboveCeiling
	TrustNewer
	ExpiryByWall
	ForgetMark
	ChecksumWithoutExpiry
	AckBeforeSync
	MissWithoutNote
	AnswerBeforeSync
	BusyAfterSend
	SyncErrorIsSuccess
	NoteEndsUnconfirmed
	NoteEndsOnOlder
	PayOlder
	RecordNotKept
	CollapseWithoutMark
	MarkNotJournaled
	MarkClearedEarly
	GenerationIgnored
	DirtyAgree
	SettledTooHigh
	SuspectsForgotten
	DeleteDroppedEarly
	OwedVouches
	DirtyVouches
	AnswerUnsettled
	ReadUnsynced
	RottenIsNone
	GateOpen
	BlindPassesGate
	FirstNotNewest
	WipedTrusted
	RollbackTrusted
	SessionUnjournaled
	LateReplySettles
	ChecksumIgnored
	SequenceIgnored
	PaceNeverEnds
	SilenceForgiven
	PaymentStops
	RepairOneWay
	FlushNotToldOnReturn
	FlushMissesOwed
	DigestWithoutTombstones
	EqualUnread
	RottenRowStays
	BufferUnbounded
	ReserveKept
	Bugs // their number, and None
)

// About says what is broken, and which rule of the design.
type About struct{ Name, Rule, Text string }

// List tells about every bug.
var List = [Bugs]About{
	ApplyOlder:              {"ApplyOlder", "§2", "apply without comparing versions"},
	ClockFromWall:           {"ClockFromWall", "§2", "version clock restarted from the wall clock"},
	ForgetSeen:              {"ForgetSeen", "§2", "a version that was seen is not merged into the clock"},
	StampAboveCeiling:       {"StampAboveCeiling", "§2", "versions are stamped above the durable ceiling"},
	TrustNewer:              {"TrustNewer", "§2", "a newer version from elsewhere settles a write"},
	ExpiryByWall:            {"ExpiryByWall", "§2", "expiry judged by two clocks"},
	ForgetMark:              {"ForgetMark", "§2", "an answered expiry is not made durable"},
	ChecksumWithoutExpiry:   {"ChecksumWithoutExpiry", "§2", "equal versions of different bytes have two winners"},
	AckBeforeSync:           {"AckBeforeSync", "§3", "acknowledge before the journal is synced"},
	MissWithoutNote:         {"MissWithoutNote", "§3", "a copy that does not answer is not noted as owed"},
	AnswerBeforeSync:        {"AnswerBeforeSync", "§3", "a server confirms before its disk has synced"},
	BusyAfterSend:           {"BusyAfterSend", "§3", "BUSY although a frame of the write has left"},
	SyncErrorIsSuccess:      {"SyncErrorIsSuccess", "§3", "a failed sync of the journal is taken for success"},
	NoteEndsUnconfirmed:     {"NoteEndsUnconfirmed", "§4", "a note is removed before the server confirmed"},
	NoteEndsOnOlder:         {"NoteEndsOnOlder", "§4", "a note ends on the confirmation of an older version"},
	PayOlder:                {"PayOlder", "§4", "early correction sends an older version than the note says"},
	RecordNotKept:           {"RecordNotKept", "§4", "a write that no server took is journaled without its record"},
	CollapseWithoutMark:     {"CollapseWithoutMark", "§4", "a partition collapses without a dirty mark"},
	MarkNotJournaled:        {"MarkNotJournaled", "§4", "a dirty mark is known in memory only"},
	MarkClearedEarly:        {"MarkClearedEarly", "§4", "a dirty mark is cleared without equality"},
	GenerationIgnored:       {"GenerationIgnored", "§4", "a comparison clears a mark made after it began"},
	DirtyAgree:              {"DirtyAgree", "§4", "two dirty copies that agree clear their marks while a third holds the truth"},
	SettledTooHigh:          {"SettledTooHigh", "§4", "settled-through passes writes under way"},
	SuspectsForgotten:       {"SuspectsForgotten", "§4", "an unclean end leaves nothing suspect"},
	DeleteDroppedEarly:      {"DeleteDroppedEarly", "§4", "a delete is dropped before all copies have it"},
	OwedVouches:             {"OwedVouches", "§5", "a copy that is owed the key vouches for it"},
	DirtyVouches:            {"DirtyVouches", "§5", "a copy that is owed the partition vouches for it"},
	AnswerUnsettled:         {"AnswerUnsettled", "§5", "an answer is not settled first"},
	ReadUnsynced:            {"ReadUnsynced", "§5", "a server gives out a record that is not synced"},
	RottenIsNone:            {"RottenIsNone", "§5", "a rotten record is taken for none"},
	GateOpen:                {"GateOpen", "§5", "read-modify-writes of a key are not serialised"},
	BlindPassesGate:         {"BlindPassesGate", "§5", "a blind write passes a read-modify-write"},
	FirstNotNewest:          {"FirstNotNewest", "§5", "the first answer wins, not the newest"},
	WipedTrusted:            {"WipedTrusted", "§6", "a wiped server is trusted"},
	RollbackTrusted:         {"RollbackTrusted", "§6", "a rolled back volume is trusted"},
	SessionUnjournaled:      {"SessionUnjournaled", "§6", "store ids are known in memory only"},
	LateReplySettles:        {"LateReplySettles", "§6", "a late reply settles a newer write"},
	ChecksumIgnored:         {"ChecksumIgnored", "§6", "frame checksum not verified"},
	SequenceIgnored:         {"SequenceIgnored", "§6", "a gap or a repeat does not close the link"},
	PaceNeverEnds:           {"PaceNeverEnds", "§6", "a copy that does not answer is waited for without end"},
	SilenceForgiven:         {"SilenceForgiven", "§6", "a silent server is never given up"},
	PaymentStops:            {"PaymentStops", "§7", "early correction does not begin its walk again"},
	RepairOneWay:            {"RepairOneWay", "§7", "the sweep repairs to the home copy only"},
	FlushNotToldOnReturn:    {"FlushNotToldOnReturn", "§7", "a server that comes back is not told of flushes"},
	FlushMissesOwed:         {"FlushMissesOwed", "§7", "a flush misses a record that is owed"},
	DigestWithoutTombstones: {"DigestWithoutTombstones", "§7", "digests leave tombstones out"},
	EqualUnread:             {"EqualUnread", "§5", "a server confirms a rotten record as equal"},
	RottenRowStays:          {"RottenRowStays", "§4", "a rotten value stays in the journal"},
	BufferUnbounded:         {"BufferUnbounded", "§4", "the buffer takes more than its cap"},
	ReserveKept:             {"ReserveKept", "§3", "reserved space of the journal is not given back"},
}
