package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/distributedstorage/ds/client"
)

// unknown is what stands for a thing that only a server that is away could tell.
const unknown = "?"

// show writes v as JSON, or the table.
func (s *session) show(v any, table func()) error {
	if !s.cli.JSON {
		table()
		return nil
	}
	e := json.NewEncoder(s.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func columns(out io.Writer, rows func(w io.Writer)) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	rows(w)
	_ = w.Flush()
}

func tableServers(out io.Writer, list []client.Server) {
	columns(out, func(w io.Writer) {
		fmt.Fprintln(w, "SERVER\tSTATE\tOWED\tKEYS\tSTORE\tSINCE")
		for _, s := range list {
			keys, store := unknown, "never seen"
			if s.Keys != nil {
				keys = strconv.FormatInt(*s.Keys, 10)
			}
			if s.StoreID != nil {
				store = *s.StoreID
			}
			state := s.State
			if s.Slow {
				state += ", slow"
			}
			fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%s\t%s\n", s.Number, state, s.Owed, keys, store, moment(s.Since))
		}
	})
}

func tableWhy(out io.Writer, key string, db int, why client.Why) {
	fmt.Fprintf(out, "key %s of database %d, home server %d\n", strconv.Quote(key), db, why.Home)
	if why.Buffered {
		fmt.Fprintln(out, "its newest record waits in the router's buffer: no server has confirmed it")
	}
	columns(out, func(w io.Writer) {
		fmt.Fprintln(w, "SERVER\tSTATE\tKIND\tVERSION\tCHECKSUM\tOWED")
		for _, c := range why.Copies {
			owed := "no"
			if c.Owed {
				owed = "yes"
			}
			fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\t%s\n", c.Server, c.State, orUnknown(c.Kind), orUnknown(c.Version), orUnknown(c.Checksum), owed)
		}
	})
}

func orUnknown(s *string) string {
	if s == nil {
		return unknown
	}
	return *s
}

func tableConverged(out io.Writer, c client.Convergence) {
	answer := "no"
	if c.Converged {
		answer = "yes"
	}
	columns(out, func(w io.Writer) {
		fmt.Fprintln(w, "CONVERGED\tOWED\tDIRTY\tBUFFERED\tPROVED")
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", answer, c.Owed, c.Dirty, c.Buffered, moment(c.ProvedAt))
	})
}

// listKeys writes a key a line, in order, quoted where it would not be readable.
func listKeys(out io.Writer, keys client.Keys) {
	list := slices.Clone(keys.Keys)
	slices.Sort(list)
	for _, k := range list {
		if quoted := strconv.Quote(k); quoted != `"`+k+`"` || k == "" {
			k = quoted
		}
		fmt.Fprintln(out, k)
	}
}

// moment is a time in UTC, to the second.
func moment(ms int64) string {
	if ms == 0 {
		return "never"
	}
	return time.UnixMilli(ms).UTC().Format(time.RFC3339)
}
