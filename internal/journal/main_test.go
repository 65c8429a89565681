package journal

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/internal/leftover"
)

// What a failed journal leaves behind stays at the fence; all else must end.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m, leftover.FailedJournal()...) }
