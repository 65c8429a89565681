package planted_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/distributedstorage/ds/internal/planted"
)

// marker is part of planted.Marker, which is not there in this build.
const marker = "bugs planted in it on purpose"

// TestNotShipped builds the programs as they are shipped, and with the bugs, to see that the marker would tell.
func TestNotShipped(t *testing.T) {
	if planted.Enabled {
		t.Skip("this build has them")
	}
	for _, c := range []struct {
		program, tags string
		want          bool
	}{{"router", "", false}, {"server", "", false}, {"dsctl", "", false}, {"router", "planted", true}} {
		out := filepath.Join(t.TempDir(), c.program)
		build := exec.Command("go", "build", "-tags", c.tags, "-o", out, "../../services/"+c.program)
		if b, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, b)
		}
		b, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if got := bytes.Contains(b, []byte(marker)) || bytes.Contains(b, []byte(planted.List[1].Text)); got != c.want {
			t.Errorf("%s with tags %q: planted bugs %v", c.program, c.tags, got)
		}
	}
}

func TestEveryBugIsTold(t *testing.T) {
	for b := planted.None + 1; b < planted.Bugs; b++ {
		if a := planted.List[b]; a.Name == "" || a.Text == "" {
			t.Errorf("bug %d has no name or text", b)
		}
	}
}

// TestEveryRuleIsBroken demands that some bug breaks each rule.
func TestEveryRuleIsBroken(t *testing.T) {
	broken := map[planted.Rule]bool{}
	for b := planted.None + 1; b < planted.Bugs; b++ {
		broken[planted.List[b].Rule] = true
	}
	for r, rule := range planted.Rules {
		if !broken[planted.Rule(r)] || rule.Section == "" {
			t.Errorf("no bug breaks the rule %q", rule.Text)
		}
	}
}
