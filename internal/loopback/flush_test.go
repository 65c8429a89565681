package loopback

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/distributedstorage/ds/chaos/load"
)

// flushed is a database that the load does not use.
const flushed = 2

func TestFlushWhileCopiesAreAway(t *testing.T) {
	tell(t, func(s *story) {
		db := load.Client(s.Clients(), flushed)
		defer db.Close()
		set := func(when string) {
			for i := range 60 {
				must(s.T, db.Set(s.ctx, fmt.Sprintf("%s-%d", when, i), when, 0).Err())
			}
		}
		set("before")
		s.Servers[0].Kill()
		set("owed")
		s.Servers[1].Kill()
		set("buffered")
		must(s.T, db.FlushDB(s.ctx).Err())
		set("after")
		s.KillRouter()
		s.startRouter()
		s.start(0)
		s.state(0, "in-sync")
		s.progress()
		s.start(1)
		s.inSync()
		for _, when := range []string{"before", "owed", "buffered", "after"} {
			for i := range 60 {
				key := fmt.Sprintf("%s-%d", when, i)
				got, err := s.read(db, key)
				if when == "after" && got != "after" || when != "after" && !errors.Is(err, redis.Nil) {
					s.Errorf("%s reads %q, %v", key, got, err)
				}
			}
		}
	})
}

// read reads a key once its servers answer.
func (s *story) read(db *redis.Client, key string) (value string, err error) {
	s.Helper()
	s.until(key+" is answered", func(ctx context.Context) (bool, string) {
		value, err = db.Get(ctx, key).Result()
		return err == nil || errors.Is(err, redis.Nil), fmt.Sprint(err)
	})
	return value, err
}

// TestExpiryRacesKills wants a key that was seen to have expired to stay so, whoever answers.
func TestExpiryRacesKills(t *testing.T) {
	tell(t, func(s *story) {
		db := load.Client(s.Clients(), flushed)
		defer db.Close()
		for round := range 6 {
			key := func(i int) string { return fmt.Sprintf("short-%d-%d", round, i) }
			for i := range 30 {
				must(s.T, db.Set(s.ctx, key(i), "x", time.Duration(1+20*i)*time.Millisecond).Err())
			}
			victim := round % Servers
			s.Servers[victim].Kill()
			for i := range 30 {
				s.expires(db, key(i))
			}
			s.start(victim)
			for i := range 30 {
				s.stayed(db, key(i))
			}
			s.inSync()
			for i := range 30 {
				s.stayed(db, key(i))
			}
		}
	})
}

// expires reads a key until it is gone.
func (s *story) expires(db *redis.Client, key string) {
	s.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); {
		if errors.Is(db.Get(s.ctx, key).Err(), redis.Nil) {
			return
		}
	}
	s.Fatalf("%s does not expire", key)
}

func (s *story) stayed(db *redis.Client, key string) {
	s.Helper()
	if got, err := db.Get(s.ctx, key).Result(); err == nil {
		s.Errorf("%s reads %q after it had expired", key, got)
	}
}
