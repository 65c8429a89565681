package difftest

import (
	"os"
	"testing"
)

// DS_DIFF_ADDR=127.0.0.1:6379 go test ./internal/respserver/difftest
//
// TestAgainst compares a store that runs already. It is emptied.
func TestAgainst(t *testing.T) {
	addr := os.Getenv("DS_DIFF_ADDR")
	if addr == "" {
		t.Skip("skipped: DS_DIFF_ADDR names no store")
	}
	Run(t, addr, 40, 400)
	RunRaw(t, addr)
}
