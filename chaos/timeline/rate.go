package timeline

import "github.com/distributedstorage/ds/chaos/history"

// Width is the time that one Rate covers, in nanoseconds.
const Width = int64(500_000_000)

// Rate is the operations that ended in one Width.
type Rate struct {
	Acknowledged int `json:"acknowledged"` // writes and deletes
	Read         int `json:"read"`         // reads that were answered
	Failed       int `json:"failed"`       // whatever they asked
}

// Rates sorts a history by the time that operations ended, up to an end.
func Rates(ops []history.Operation, end int64) []Rate {
	rates := make([]Rate, end/Width+1)
	for _, op := range ops {
		if op.Return >= end || op.Return < 0 {
			continue
		}
		r := &rates[op.Return/Width]
		switch {
		case op.Outcome != history.OK:
			r.Failed++
		case op.Kind == history.Read:
			r.Read++
		default:
			r.Acknowledged++
		}
	}
	return rates
}
