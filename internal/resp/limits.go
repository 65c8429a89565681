package resp

// Limits bounds what one session may hold. They are shared by all sessions and not changed
// while one lives.
type Limits struct {
	Databases int

	MaxKey     int // bytes; a longer key is refused, and the connection lives on
	MaxValue   int // bytes; likewise
	MaxCommand int // bytes of all arguments of one command; likewise
	MaxReply   int // bytes of one answer gathered from several keys or partitions; past it an error

	MaxArguments int // of one command; past it the connection is closed
	MaxInline    int // bytes of an inline command or a length line; past it the connection is closed
	MaxBulk      int // bytes that an argument may declare; past it the connection is closed
	MaxPending   int // commands that wait for an answer; past it the session takes no more
	MaxOut       int // bytes of answers not taken by the poller; past it the session takes no more
	ValueWindow  int // bytes of values expected at a time, judged by the values answered before
}

// DefaultLimits are the design's values.
func DefaultLimits() Limits {
	return Limits{
		Databases: 16,
		MaxKey:    64 << 10, MaxValue: 4 << 20, MaxCommand: 64 << 20, MaxReply: 32 << 20,
		MaxArguments: 1 << 20, MaxInline: 64 << 10, MaxBulk: 512 << 20,
		MaxPending: 4096, MaxOut: 256 << 10, ValueWindow: 32 << 20,
	}
}

const (
	// partBits is the part of a tag that numbers the parts of a command: Limits.MaxArguments and
	// kv.Partitions fit.
	partBits = 24
	partMask = 1<<partBits - 1

	// waveParts bounds the parts of one command that are under way at a time.
	waveParts = 128
	// wideParts is the number of keys from which on a command is sent in waves.
	wideParts = 1024
	// pageKeys is how many keys a partition is asked for at a time by KEYS, DBSIZE and DS KEYS.
	pageKeys = 1024
	// maxScanCount bounds SCAN's COUNT, which is a hint.
	maxScanCount = 1 << 16

	// keepBuffer is the largest buffer that an idle session keeps, in bytes.
	keepBuffer = 128 << 10
	// keepAnswer is the largest answer buffer that is kept for reuse, in bytes, and keepAnswers how many.
	keepAnswer, keepAnswers = 4 << 10, 64
	// keepArguments is the longest argument list that is kept for reuse.
	keepArguments = 1 << 10
)
