package model_test

import (
	"testing"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/replica"
	"github.com/distributedstorage/ds/internal/store/model"
	"github.com/distributedstorage/ds/internal/store/storetest"
)

type volume struct {
	*model.Volume
	open *model.Store
}

func (v *volume) Open(t testing.TB) replica.Store {
	t.Helper()
	s, err := v.Volume.Open()
	if err != nil {
		t.Fatal(err)
	}
	v.open = s
	return s
}

func (v *volume) Crash(t testing.TB, unsynced bool) storetest.CrashVolume {
	t.Helper()
	if !unsynced {
		return &volume{Volume: v.Snapshot()}
	}
	branch := v.open.Clone()
	if _, err := branch.Sync(); err != nil {
		t.Fatal(err)
	}
	return &volume{Volume: branch.Volume().Snapshot()}
}

func fresh(testing.TB) storetest.Volume { return &volume{Volume: model.NewVolume(kv.ID{7})} }

func TestConformance(t *testing.T) { storetest.Run(t, fresh) }

func TestCrashes(t *testing.T) {
	storetest.RunCrashes(t, func(t testing.TB) storetest.CrashVolume { return fresh(t).(storetest.CrashVolume) })
}
