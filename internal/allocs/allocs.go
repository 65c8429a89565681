package allocs

import "runtime"

// Of gives the bytes that were allocated while f ran, by whichever goroutine.
func Of(f func()) int64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc)
}
