package timeline

import (
	"reflect"
	"testing"
	"time"
)

func TestBands(t *testing.T) {
	var now int64
	second := int64(time.Second)
	line := New(func() int64 { return now })
	line.Break("server-1", "kill")
	now = 2 * second
	line.Mend("server-1")
	line.Add(Sample{}, []string{"server-1"}) // the state from before it was killed
	now = 5 * second
	line.Add(Sample{}, []string{"server-0"})
	now = 6 * second
	line.Add(Sample{}, []string{"server-1"})
	now = 7 * second
	line.Break("router", "pause")
	now = 8 * second
	line.Break("server-1", "cut")
	now = 9 * second
	line.End()
	want := []Band{
		{"server-1", "kill", 0, 2 * second, 6 * second},
		{"router", "pause", 7 * second, 9 * second, 9 * second},
		{"server-1", "cut", 8 * second, 9 * second, 9 * second},
	}
	if got := line.Bands(); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v", got)
	}
}

func TestBrokenAgainBeforeItRecovered(t *testing.T) {
	var now int64
	line := New(func() int64 { return now })
	line.Break("server-1", "kill")
	now = 2
	line.Mend("server-1")
	now = 3
	line.Break("server-1", "kill")
	now = 4
	line.End()
	want := []Band{{"server-1", "kill", 0, 2, 3}, {"server-1", "kill", 3, 4, 4}}
	if got := line.Bands(); !reflect.DeepEqual(got, want) {
		t.Fatalf("got %+v", got)
	}
}
