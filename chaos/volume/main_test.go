package main

import (
	"os"
	"path/filepath"
	"testing"
)

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestCopyReplaces(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	write(t, filepath.Join(from, "a", "b"), "old")
	write(t, filepath.Join(to, "a", "newer"), "x")
	if err := run([]string{"copy", from, to}); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(filepath.Join(to, "a", "b")); err != nil || string(text) != "old" {
		t.Fatalf("%q %v", text, err)
	}
	if _, err := os.Stat(filepath.Join(to, "a", "newer")); !os.IsNotExist(err) {
		t.Fatalf("what was there before is there still: %v", err)
	}
}

func TestEmptyKeepsTheFolder(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a", "b"), "x")
	if err := run([]string{"empty", dir}); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Fatalf("%v %v", left, err)
	}
}

func TestRefusals(t *testing.T) {
	to := t.TempDir()
	write(t, filepath.Join(to, "kept"), "x")
	for _, args := range [][]string{nil, {"empty"}, {"copy", to}, {"copy", t.TempDir(), to}, {"empty", filepath.Join(to, "none")}} {
		if err := run(args); err == nil {
			t.Errorf("%q was done", args)
		}
	}
	if _, err := os.Stat(filepath.Join(to, "kept")); err != nil {
		t.Fatal("a refused copy emptied its target")
	}
}
