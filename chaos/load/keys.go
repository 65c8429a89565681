package load

import (
	"fmt"
	"sort"
	"strconv"
	"strings"

	"github.com/distributedstorage/ds/chaos/history"
)

// Name is a key as the history knows it: database and key. The same key in two databases is two registers.
func Name(database int, key string) string { return fmt.Sprintf("%d/%s", database, key) }

// Split takes a name apart.
func Split(name string) (database int, key string) {
	number, key, _ := strings.Cut(name, "/")
	database, err := strconv.Atoi(number)
	if err != nil {
		panic(fmt.Sprintf("%q is not the name of a key", name))
	}
	return database, key
}

// Touched is every key of a history by database, sorted.
func Touched(ops []history.Operation) map[int][]string {
	seen := map[string]bool{}
	keys := map[int][]string{}
	for _, op := range ops {
		if seen[op.Key] {
			continue
		}
		seen[op.Key] = true
		db, key := Split(op.Key)
		keys[db] = append(keys[db], key)
	}
	for _, list := range keys {
		sort.Strings(list)
	}
	return keys
}
