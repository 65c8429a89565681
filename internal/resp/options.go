package resp

import (
	"math"

	"github.com/distributedstorage/ds/internal/coord"
)

// setOptions are the options of SET and GETEX.
type setOptions struct {
	flags   coord.Flag
	expiry  []byte // the argument of EX, PX, EXAT or PXAT
	seconds bool
	unit    unit
}

type unit uint8

const (
	unitNone unit = iota
	unitEX
	unitPX
	unitEXAT
	unitPXAT
)

// parseSetOptions reads options in the way Redis does; set tells SET from GETEX. false = syntax error.
func parseSetOptions(args [][]byte, set bool) (o setOptions, ok bool) {
	for i := 0; i < len(args); i++ {
		a := args[i]
		if u := expiryUnit(a); u != unitNone {
			conflict := o.flags&(coord.FlagKeepTTL|coord.FlagPersist) != 0 || o.unit != unitNone && o.unit != u
			if conflict || i+1 >= len(args) {
				return o, false
			}
			i++
			o.unit, o.expiry, o.seconds = u, args[i], u == unitEX || u == unitEXAT
			continue
		}
		if !o.word(a, set) {
			return o, false
		}
	}
	switch o.unit {
	case unitEX, unitPX:
		o.flags |= coord.FlagExpireIn
	case unitEXAT, unitPXAT:
		o.flags |= coord.FlagExpireAt
	}
	return o, true
}

// word takes an option without an argument.
func (o *setOptions) word(a []byte, set bool) bool {
	switch {
	case set && equalFold(a, "nx") && o.flags&coord.FlagXX == 0:
		o.flags |= coord.FlagNX
	case set && equalFold(a, "xx") && o.flags&coord.FlagNX == 0:
		o.flags |= coord.FlagXX
	case set && equalFold(a, "get"):
		o.flags |= coord.FlagGet
	case set && equalFold(a, "keepttl") && o.unit == unitNone:
		o.flags |= coord.FlagKeepTTL
	case !set && equalFold(a, "persist") && o.unit == unitNone:
		o.flags |= coord.FlagPersist
	default:
		return false
	}
	return true
}

func expiryUnit(a []byte) unit {
	switch {
	case equalFold(a, "ex"):
		return unitEX
	case equalFold(a, "px"):
		return unitPX
	case equalFold(a, "exat"):
		return unitEXAT
	case equalFold(a, "pxat"):
		return unitPXAT
	}
	return unitNone
}

// expiry reads the expiry of SET and its kin in milliseconds, as the flags say relative or not.
func (s *Session) expiry(c *command, o *setOptions) (n int64, text string) {
	if o.flags&(coord.FlagExpireIn|coord.FlagExpireAt) == 0 {
		return 0, ""
	}
	n, ok := parseInt(o.expiry)
	if !ok {
		return 0, errNotInteger
	}
	if n <= 0 || o.seconds && n > math.MaxInt64/1000 {
		return 0, expiryText(c)
	}
	if o.seconds {
		n *= 1000
	}
	if o.flags&coord.FlagExpireIn != 0 && n > math.MaxInt64-s.host.Now() {
		return 0, expiryText(c)
	}
	return n, ""
}

// parseExpireOptions reads NX XX GT LT of EXPIRE and its kin.
func parseExpireOptions(args [][]byte) (f coord.Flag, text string) {
	for _, a := range args {
		switch {
		case equalFold(a, "nx"):
			f |= coord.FlagNX
		case equalFold(a, "xx"):
			f |= coord.FlagXX
		case equalFold(a, "gt"):
			f |= coord.FlagGT
		case equalFold(a, "lt"):
			f |= coord.FlagLT
		default:
			return 0, "ERR Unsupported option " + clip(a, textBytes)
		}
	}
	if f&coord.FlagNX != 0 && f&(coord.FlagXX|coord.FlagGT|coord.FlagLT) != 0 {
		return 0, "ERR NX and XX, GT or LT options at the same time are not compatible"
	}
	if f&coord.FlagGT != 0 && f&coord.FlagLT != 0 {
		return 0, "ERR GT and LT options at the same time are not compatible"
	}
	return f, ""
}
