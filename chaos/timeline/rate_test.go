package timeline

import (
	"reflect"
	"testing"

	"github.com/distributedstorage/ds/chaos/history"
)

func TestRates(t *testing.T) {
	ops := []history.Operation{
		{Kind: history.Write, Return: 1},
		{Kind: history.Delete, Return: Width - 1},
		{Kind: history.Read, Return: Width},
		{Kind: history.Write, Return: Width, Outcome: history.Unknown},
		{Kind: history.Read, Return: 3 * Width}, // after the end
	}
	want := []Rate{{Acknowledged: 2}, {Read: 1, Failed: 1}, {}}
	if got := Rates(ops, 2*Width); !reflect.DeepEqual(got, want) {
		t.Fatalf("%+v", got)
	}
}
