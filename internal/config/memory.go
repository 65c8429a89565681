package config

import "github.com/KimMachineGun/automemlimit/memlimit"

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

// share reads a size, or with auto takes that part of the memory limit, within the same bounds.
func (f *faults) share(setting, text string, part, low, high int64) int64 {
	if text != auto {
		return f.size(setting, text, low, high)
	}
	return min(max(memoryLimit()/part, low), high)
}
