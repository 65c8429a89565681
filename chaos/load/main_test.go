package load

import (
	"testing"

	"go.uber.org/goleak"

	"github.com/distributedstorage/ds/internal/leftover"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, leftover.ClosedPool()) }
