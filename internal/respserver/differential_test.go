package respserver

import (
	"testing"

	"github.com/distributedstorage/ds/internal/respserver/difftest"
)

func TestDifferential(t *testing.T) {
	s, _ := startPort(t, nil)
	difftest.Run(t, s.Addr().String(), 60, 400)
}

func TestDifferentialRaw(t *testing.T) {
	s, _ := startPort(t, nil)
	difftest.RunRaw(t, s.Addr().String())
}

func TestDifferentialCommandInfo(t *testing.T) {
	s, _ := startPort(t, nil)
	difftest.RunCommandInfo(t, s.Addr().String(), "ds", "client", "config", "command")
}
