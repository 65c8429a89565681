package campaign

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/distributedstorage/ds/internal/sim/oracle"
)

// Silence is what shrinking takes out of a plan beside steps: clients that ask nothing, and keys that nobody asks for. One bit each.
type Silence struct{ Clients, Keys uint64 }

// covers tells that the call is left out.
func (s *Silence) covers(c *oracle.Call) bool {
	return s.Clients>>c.Client&1 == 1 || c.Key >= 0 && s.Keys>>c.Key&1 == 1
}

// FormatNumbers names the numbers of a set, as ParseNumbers reads them: 0,2.
func FormatNumbers(set uint64) string {
	var parts []string
	for ; set != 0; set &= set - 1 {
		parts = append(parts, strconv.Itoa(bits.TrailingZeros64(set)))
	}
	return strings.Join(parts, ",")
}

// ParseNumbers reads a set of numbers below 64; an empty text is none.
func ParseNumbers(text string) (set uint64, err error) {
	if text == "" {
		return 0, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseUint(part, 10, 6)
		if err != nil {
			return 0, fmt.Errorf("%q is not a list like 0,2 of numbers below 64", text)
		}
		set |= 1 << n
	}
	return set, nil
}

// shrinkSilence takes clients and keys out of a plan, one by one, as long as it fails.
func (p *Plan) shrinkSilence(fails func() bool) {
	for c := range p.Clients {
		p.try(&p.Silent.Clients, c, fails)
	}
	for k := range p.Keys {
		p.try(&p.Silent.Keys, k, fails)
	}
}

func (p *Plan) try(set *uint64, n int, fails func() bool) {
	before := *set
	if *set |= 1 << n; *set != before && !fails() {
		*set = before
	}
}
