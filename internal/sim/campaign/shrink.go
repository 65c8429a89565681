package campaign

import (
	"fmt"
	"strconv"
	"strings"
)

// Shrink takes steps out of a failing plan as long as the same promise stays broken (delta debugging), in at most so
// many runs; then clients and keys, which it notes in the plan. It returns which steps to skip.
func Shrink(p *Plan, promise string, runs int) []bool {
	skip := make([]bool, len(p.List))
	fails := func(skip []bool) bool {
		runs--
		out := Run(p, skip, false)
		return out.Failure != nil && out.Failure.Promise == promise && !out.Failure.Unjudged
	}
	for size := len(p.List) / 2; size >= 1 && runs > 0; {
		removed := false
		for from := 0; from < len(p.List) && runs > 0; from += size {
			try, some := append([]bool(nil), skip...), false
			for i := from; i < min(from+size, len(p.List)); i++ {
				some = some || !try[i]
				try[i] = true
			}
			if some && fails(try) {
				skip, removed = try, true
			}
		}
		if size == 1 && !removed {
			break
		}
		if !removed || size > 1 {
			size = max(1, size/2)
		}
	}
	p.shrinkSilence(func() bool { return runs > -silenceRuns && fails(skip) })
	return skip
}

// silenceRuns is how many runs more it may take to find clients and keys that are not needed.
const silenceRuns = 40

// FormatKept names the steps that are not skipped, as ParseKept reads them: 3-5,9.
func FormatKept(skip []bool) string {
	var parts []string
	for i := 0; i < len(skip); i++ {
		if skip[i] {
			continue
		}
		from := i
		for i+1 < len(skip) && !skip[i+1] {
			i++
		}
		if i == from {
			parts = append(parts, strconv.Itoa(i))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", from, i))
		}
	}
	if parts == nil {
		return "none"
	}
	return strings.Join(parts, ",")
}

// ParseKept reads which of n steps are kept.
func ParseKept(text string, n int) ([]bool, error) {
	skip := make([]bool, n)
	for i := range skip {
		skip[i] = true
	}
	if text == "none" {
		return skip, nil
	}
	for part := range strings.SplitSeq(text, ",") {
		a, b, ranged := strings.Cut(part, "-")
		if !ranged {
			b = a
		}
		from, err1 := strconv.Atoi(a)
		to, err2 := strconv.Atoi(b)
		if err1 != nil || err2 != nil || from < 0 || to >= n || from > to {
			return nil, fmt.Errorf("steps %q are not a list like 3-5,9 of the numbers 0 … %d", text, n-1)
		}
		for i := from; i <= to; i++ {
			skip[i] = false
		}
	}
	return skip, nil
}
