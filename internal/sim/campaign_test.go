package sim_test

import (
	"runtime"
	"testing"

	"github.com/distributedstorage/ds/internal/sim/campaign"
)

// TestHistories is a short campaign beside the scenarios.
func TestHistories(t *testing.T) {
	totals := campaign.Options{First: 10_000, Seeds: 100, Workers: runtime.GOMAXPROCS(0)}.Run()
	for _, f := range totals.Failures {
		t.Error(campaign.Report(f))
	}
}
