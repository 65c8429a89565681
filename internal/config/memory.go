package config

import (
	"github.com/KimMachineGun/automemlimit/memlimit"

	"github.com/distributedstorage/ds/internal/coord"
)

// auto stands for a share of the memory that this process may use.
const auto = "auto"

// fallbackMemory is taken for the limit where none can be found out, in bytes.
const fallbackMemory = 1 << 30

// memoryLimit is the limit of this process's cgroup, else the machine's memory, in bytes.
var memoryLimit = func() int64 {
	limit, err := memlimit.ApplyFallback(memlimit.FromCgroup, memlimit.FromSystem)()
	if err != nil || limit == 0 || limit > 1<<50 {
		return fallbackMemory
	}
	return int64(limit)
}

// Split divides the memory for large values in bytes: half of it is for requests that have come, half for values that are
// read for answers and repairs. Each lets one value pass alone that is longer.
func Split(large int64) (requests, reads int64) { return large - large/2, large / 2 }

// large reads the memory for large values and gives the part that is for requests.
func (r *routerFlags) large(f *faults, c *coord.Config) (requests int64) {
	large := f.share("large-budget", r.LargeBudget, 4, 1<<20, 64<<30)
	if large < c.MaxValue {
		if r.LargeBudget != auto {
			f.add("large-budget", "%s is below --max-value (%s): raise it, so that every value fits",
				formatSize(large), formatSize(c.MaxValue))
		}
		large = c.MaxValue
	}
	requests, c.LargeBytes = Split(large)
	return requests
}

// mostAnswers is the largest share of the memory that answers get by themselves, in bytes: what clients take at once needs little.
const mostAnswers = 64 << 20

// answers reads the memory for answers.
func (r *routerFlags) answers(f *faults) int64 {
	most := int64(64 << 30)
	if r.AnswerBudget == auto {
		most = mostAnswers
	}
	return f.share("answer-budget", r.AnswerBudget, 16, 1<<20, most)
}

// share reads a size, or with auto takes that part of the memory limit, within the same bounds.
func (f *faults) share(setting, text string, part, low, high int64) int64 {
	if text != auto {
		return f.size(setting, text, low, high)
	}
	return min(max(memoryLimit()/part, low), high)
}
