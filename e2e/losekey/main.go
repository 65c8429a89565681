// Command losekey owns the loss that nobody knows of: it removes keys from a server's volume, as a failing disk might.
// The server must be stopped.
package main

import (
	"fmt"
	"os"

	"github.com/alecthomas/kong"

	"github.com/distributedstorage/ds/internal/kv"
	"github.com/distributedstorage/ds/internal/store/engine"
)

type settings struct {
	Data     string   `default:"/data" help:"The volume."`
	Database int      `default:"0" help:"The database of the keys."`
	Keys     []string `arg:"" help:"The keys to lose."`
}

func main() {
	var s settings
	kong.Parse(&s, kong.Description("Removes keys from the volume of a stopped server, as if they had never been written."))
	if err := lose(s); err != nil {
		fmt.Fprintln(os.Stderr, "losekey:", err)
		os.Exit(1)
	}
}

// lose removes the keys; one that is not there is an error, since then nothing is lost.
func lose(s settings) (err error) {
	store, err := engine.Open(s.Data, engine.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := store.Close(); err == nil {
			err = closeErr
		}
	}()
	for _, key := range s.Keys {
		if head, _ := store.Head(kv.DB(s.Database), []byte(key)); head.Kind != kv.Live {
			return fmt.Errorf("the volume has no live record of %q in database %d", key, s.Database)
		}
		if _, err := store.Remove(kv.DB(s.Database), []byte(key)); err != nil {
			return err
		}
		fmt.Printf("lost %q of database %d\n", key, s.Database)
	}
	_, err = store.Sync()
	return err
}
