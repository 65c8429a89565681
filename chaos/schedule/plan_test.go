package schedule

import (
	"reflect"
	"testing"
	"time"
)

func plan(t *testing.T, name string, seed uint64) Plan {
	t.Helper()
	p, err := New(name, seed, 3, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSameSeedSamePlan(t *testing.T) {
	for _, name := range Names() {
		a := plan(t, name, 7)
		if !reflect.DeepEqual(a, plan(t, name, 7)) {
			t.Errorf("%s: two plans of one seed differ", name)
		}
		if reflect.DeepEqual(a.Steps, plan(t, name, 8).Steps) {
			t.Errorf("%s: another seed changes nothing", name)
		}
	}
}

// mending are the actions that mend.
var mending = map[Action]bool{Start: true, Resume: true, Join: true, Clear: true, Nourish: true}

// TestPlansMendWhatTheyBreak also keeps the sense of every plan: volumes are touched only while nobody uses them, the
// stories of the mix begin when all is well.
func TestPlansMendWhatTheyBreak(t *testing.T) {
	for _, name := range Names() {
		for seed := range uint64(200) {
			down := map[string]Action{}
			for _, s := range plan(t, name, seed).Steps {
				was := down[s.Target]
				switch {
				case s.Phase == "" || s.Wait < 0 || s.Begins > 0 && len(down) > 0 || s.Action == Settle && len(down) > 0:
					t.Fatalf("%s seed %d: %v while %v", name, seed, s, down)
				case mending[s.Action]:
					if mends[was] != s.Action {
						t.Fatalf("%s seed %d: %v, but it was broken by %q", name, seed, s, was)
					}
					delete(down, s.Target)
				case s.Action == Wipe || s.Action == Save || s.Action == Restore || s.Action == Lose:
					if was != Kill {
						t.Fatalf("%s seed %d: %v, but it runs", name, seed, s)
					}
				case was != "":
					t.Fatalf("%s seed %d: %v, but it is down", name, seed, s)
				case mends[s.Action] != "":
					down[s.Target] = s.Action
				}
			}
			if len(down) != 0 {
				t.Fatalf("%s seed %d leaves %v", name, seed, down)
			}
		}
	}
}

func TestWaitsAddUpToTheDuration(t *testing.T) {
	for _, name := range Names() {
		p := plan(t, name, 3)
		total := p.Rest
		for _, s := range p.Steps {
			total += s.Wait
		}
		if off := (total - p.Duration).Abs(); !p.Open && off > time.Second || p.Open && total < p.Duration {
			t.Errorf("%s waits %v in all, of %v", name, total, p.Duration)
		}
	}
}

// TestTheMixHasEverything looks for every way to break that the default run is there for.
func TestTheMixHasEverything(t *testing.T) {
	p := plan(t, "mix", 1)
	seen := map[Action]bool{}
	for _, s := range p.Steps {
		if s.Begins >= p.Must {
			break
		}
		seen[s.Action] = true
		if s.Action == Kill && s.Target == Router {
			seen["kill router"] = true
		}
	}
	for _, a := range []Action{Kill, "kill router", Crash, Pause, Cut, Deafen, Mute, Wipe, Save, Restore, Lose} {
		if !seen[a] {
			t.Errorf("no %s in the first %d stories", a, p.Must)
		}
	}
}

func TestRefusals(t *testing.T) {
	if _, err := New("nonsense", 1, 3, time.Minute); err == nil {
		t.Error("a scenario that there is not was drawn")
	}
	if _, err := New("pause", 1, 3, 5*time.Second); err == nil {
		t.Error("a pause of 7 s was put into a run of 5 s")
	}
}

func TestNumbers(t *testing.T) {
	if Number(Server(2)) != 2 || Number(Router) != -1 || Number("") != -1 {
		t.Fatal(Number(Server(2)), Number(Router), Number(""))
	}
}
