package router

import (
	"errors"
	"fmt"
	"math/bits"
	"strconv"
	"strings"

	"github.com/distributedstorage/ds/internal/coord"
)

// describe says why clients are not served, and what to do; nil if they are.
func describe(s *coord.Standing) error {
	switch {
	case s.Unfit != coord.Fit:
		return errors.New(s.Unfit.String())
	case s.Conflict:
		return errors.New("adoption: the servers belong to different clusters; give up those that are wrong here, by number, with --give-up")
	case s.Asking && s.Missing != 0:
		return fmt.Errorf("adoption: servers %s have not said who they are; start them, or give them up by number with --give-up; "+
			"or start the router without --adopt, if its volume is the latest", numbers(s.Missing))
	case s.Asking:
		return errors.New("adoption: it is being written to the journal")
	}
	return nil
}

// numbers lists the servers of a set.
func numbers(set uint64) string {
	var list []string
	for ; set != 0; set &= set - 1 {
		list = append(list, strconv.Itoa(bits.TrailingZeros64(set)))
	}
	return strings.Join(list, ", ")
}
