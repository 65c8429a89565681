package client_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/distributedstorage/ds/client"
	"github.com/distributedstorage/ds/internal/fakerouter"
)

func TestSendsAnswerThroughTheLocalStore(t *testing.T) {
	_, c := pair(t)
	check(t, c.SendSet("k", []byte("v")))
	check(t, c.SendGet("k"))
	check(t, c.SendGet("absent"))

	got, err := c.Wait(limit(t), "k")
	if err != nil || string(got) != "v" {
		t.Fatalf("Wait: %q, %v", got, err)
	}
	if _, err := c.Get("k"); !errors.Is(err, client.ErrNotArrived) {
		t.Fatalf("an answer that was taken is there again: %v", err)
	}
	if _, err := c.Wait(limit(t), "absent"); !errors.Is(err, client.ErrNoKey) {
		t.Fatalf("absent key: %v", err)
	}
	if _, err := c.Wait(limit(t), "never asked"); !errors.Is(err, client.ErrNotArrived) {
		t.Fatalf("nothing was asked: %v", err)
	}
}

func TestGetAndContainsBeforeAndAfterTheAnswer(t *testing.T) {
	r, c := pair(t)
	open, script, _ := gate("v")
	r.Answer("GET k", script)
	check(t, c.SendGet("k"))
	if _, err := c.Get("k"); !errors.Is(err, client.ErrNotArrived) || c.Contains("k") {
		t.Fatalf("before the answer: %v", err)
	}
	open()
	check(t, c.SendGet("later"))
	_, _ = c.Wait(limit(t), "later") // answers come in order: k's is there too
	if !c.Contains("k") || c.Contains("later") {
		t.Fatal("Contains does not tell what has arrived")
	}
	if v, err := c.Get("k"); err != nil || string(v) != "v" || c.Contains("k") {
		t.Fatalf("Get: %q, %v", v, err)
	}
}

func TestAskingAgainGivesTheLaterAnswer(t *testing.T) {
	_, c := pair(t)
	check(t, c.SendSet("k", []byte("old")))
	check(t, c.SendGet("k"))
	check(t, c.SendSet("k", []byte("new")))
	check(t, c.SendGet("k"))
	if v, err := c.Wait(limit(t), "k"); err != nil || string(v) != "new" {
		t.Fatalf("got %q, %v", v, err)
	}
}

func TestKeysAreEmptiedByReadingThem(t *testing.T) {
	r, c := pair(t)
	if keys := c.Keys(); len(keys) != 0 {
		t.Fatalf("before asking: %q", keys)
	}
	check(t, c.SendSet("a", nil))
	check(t, c.SendSet("b", nil))
	check(t, c.SendGetKeys())
	keys, err := c.WaitKeys(limit(t))
	slices.Sort(keys)
	if err != nil || !slices.Equal(keys, []string{"a", "b"}) {
		t.Fatalf("%q, %v", keys, err)
	}
	if keys := c.Keys(); len(keys) != 0 {
		t.Fatalf("read twice: %q", keys)
	}
	r.Answer("DS KEYS", fakerouter.Error("BUSY a limit is reached"))
	check(t, c.SendGetKeys())
	if _, err := c.WaitKeys(limit(t)); !errors.Is(err, client.ErrBusy) {
		t.Fatalf("a refused question: %v", err)
	}
}

func TestSettleTellsWhichSetsFailed(t *testing.T) {
	var failed []string
	r, c := pair(t, client.OnSetFailed(func(key string, err error) { failed = append(failed, key) }))
	r.Answer("SET bad v", fakerouter.Error("NOSERVER no server"))
	check(t, c.SendSet("good", []byte("v")))
	check(t, c.SendSet("bad", []byte("v")))
	err := c.Settle(limit(t))
	if !errors.Is(err, client.ErrNoServer) || !strings.Contains(err.Error(), `"bad"`) {
		t.Fatalf("Settle: %v", err)
	}
	check(t, c.Settle(limit(t)))
	c.TurnOff() // its goroutine calls the hook
	if !slices.Equal(failed, []string{"bad"}) {
		t.Fatalf("the hook saw %q", failed)
	}
}

func TestOrderOfSendsIsKeptAcrossStyles(t *testing.T) {
	r, c := pair(t)
	want := []string{}
	for i := range 3000 {
		line := fmt.Sprintf("SET k %d", i)
		want = append(want, line)
		value := []byte(fmt.Sprint(i))
		if i%500 == 0 {
			check(t, c.Set(limit(t), "k", value))
		} else {
			check(t, c.SendSet("k", value))
		}
	}
	check(t, c.Settle(limit(t)))
	if got := r.Log(); !slices.Equal(got, want) {
		t.Fatalf("%d commands arrived, or in another order", len(got))
	}
}

func TestSendCopiesTheValue(t *testing.T) {
	r, c := pair(t)
	open, script, reached := gate("x")
	r.Answer("GET hold", script)
	check(t, c.SendGet("hold"))
	<-reached
	value := []byte("mine")
	check(t, c.SendSet("k", value))
	copy(value, "your")
	open()
	check(t, c.Settle(limit(t)))
	if got := r.Log(); got[len(got)-1] != "SET k mine" {
		t.Fatalf("sent %q", got[len(got)-1])
	}
}

func TestBoundsOfQueueAndStore(t *testing.T) {
	r, c := pair(t, client.QueueBytes(1000), client.StoreBytes(600))
	open, script, reached := gate("x")
	r.Answer("GET hold", script)
	check(t, c.SendGet("hold"))
	<-reached
	var err error
	accepted := 0
	for ; accepted < 100 && err == nil; accepted++ {
		err = c.SendSet("k", make([]byte, 100))
	}
	if !errors.Is(err, client.ErrFull) || accepted > 5 {
		t.Fatalf("%d sends were accepted, then %v", accepted, err)
	}
	open()
	if err := c.Settle(limit(t)); err != nil {
		t.Fatalf("a send that was refused counts: %v", err)
	}
	r.Answer("GET big", strings.Repeat("x", 1000))
	check(t, c.SendGet("big"))
	if _, err := c.Wait(limit(t), "big"); !errors.Is(err, client.ErrFull) {
		t.Fatalf("an answer that does not fit: %v", err)
	}
	err = nil
	for i := 0; i < 100 && err == nil; i++ {
		_ = c.Settle(limit(t))
		err = c.SendGet(fmt.Sprint("n", i))
	}
	if !errors.Is(err, client.ErrFull) {
		t.Fatalf("the store has no bound: %v", err)
	}
}
