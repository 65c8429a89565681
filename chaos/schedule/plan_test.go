package schedule

import (
	"reflect"
	"testing"
	"time"
)

func TestSameSeedSamePlan(t *testing.T) {
	for _, name := range Names() {
		a, err := New(name, 7, 3, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := New(name, 7, 3, time.Minute)
		if !reflect.DeepEqual(a, b) {
			t.Errorf("%s: two plans of one seed differ", name)
		}
		c, _ := New(name, 8, 3, time.Minute)
		if reflect.DeepEqual(a.Steps, c.Steps) {
			t.Errorf("%s: another seed changes nothing", name)
		}
	}
}

// TestPlansMendWhatTheyBreak also keeps the order, the bounds and the sense of every plan.
func TestPlansMendWhatTheyBreak(t *testing.T) {
	mends := map[Action]Action{Start: Kill, Unpause: Pause}
	for _, name := range Names() {
		for seed := range uint64(200) {
			plan, _ := New(name, seed, 3, time.Minute)
			down := map[string]Action{}
			var last time.Duration
			for _, s := range plan.Steps {
				if s.At < last || s.At >= plan.Duration || s.Phase == "" {
					t.Fatalf("%s seed %d: %v after %v", name, seed, s, last)
				}
				last = s.At
				if broken, mending := mends[s.Action]; down[s.Target] != broken && mending {
					t.Fatalf("%s seed %d: %v, but it is not broken so", name, seed, s)
				} else if !mending && down[s.Target] != "" {
					t.Fatalf("%s seed %d: %v, but it is down", name, seed, s)
				}
				down[s.Target] = s.Action
				if mends[s.Action] != "" {
					delete(down, s.Target)
				}
			}
			if len(down) != 0 {
				t.Fatalf("%s seed %d leaves %v", name, seed, down)
			}
		}
	}
}

func TestUnknownScenario(t *testing.T) {
	if _, err := New("nonsense", 1, 3, time.Minute); err == nil {
		t.Fatal("a scenario that there is not was drawn")
	}
}
