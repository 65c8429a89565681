package lint

import (
	"go/ast"
	"go/token"
	"strconv"
	"strings"
)

// pure are the packages that compute and do nothing else, so that the simulator can drive them.
var pure = []string{
	"internal/kv", "internal/hlc", "internal/fault", "internal/planted",
	"internal/ring", "internal/coord", "internal/replica", "internal/digest", "internal/resp", "internal/wire",
}

// impure are the imports that a pure package must do without, with what takes their place.
// An entry covers the packages below it.
var impure = map[string]string{
	"time":          "take the time as a parameter (coord.Now, or an integer with its unit in the name)",
	"net":           "take bytes and return bytes; a driver owns the sockets",
	"os":            "take what is needed as a parameter; a driver owns files, signals and environment",
	"io":            "take and append byte slices",
	"bufio":         "take and append byte slices",
	"path/filepath": "take and append byte slices; a driver owns files",
	"sync":          "a pure value has one owner; its driver holds the lock",
	"context":       "a pure call returns at once; deadlines are inputs",
	"log":           "append an event to the effects; the driver logs",
	"math/rand":     "take the number, or a seed, as a parameter",
	"crypto/rand":   "take the number, or a seed, as a parameter",
	"syscall":       "a driver owns the system",
	"runtime":       "a driver owns the process",
}

// pureLibraries are the only packages from outside that compute and do nothing else.
var pureLibraries = []string{"github.com/zeebo/xxh3"}

// purity finds goroutines, channels and the imports above in the pure packages.
func purity(t *tree) (found []finding) {
	for _, f := range t.files {
		if !f.isSource() || !covered(f.dir(), pure) {
			continue
		}
		found = append(found, impureImports(t, f)...)
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if text := impureNode(n); text != "" {
				found = append(found, t.at(n.Pos(), "%s in a pure package: %s", text, "return it as an effect, or take it as an input; the driver runs things"))
			}
			return true
		})
	}
	return found
}

func impureImports(t *tree, f *file) (found []finding) {
	for _, spec := range f.ast.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		if instead := impureImport(name); instead != "" {
			found = append(found, t.at(spec.Pos(), "a pure package must not import %s: %s", name, instead))
		}
	}
	return found
}

// impureImport says what takes the place of the import, empty if it may stay.
func impureImport(name string) string {
	for banned, instead := range impure {
		if covered(name, []string{banned}) {
			return instead
		}
	}
	outside := strings.Contains(strings.SplitN(name, "/", 2)[0], ".")
	if outside && !covered(name, append(pureLibraries, module)) {
		return "a pure package stands on the standard library; a driver or an adapter owns the rest"
	}
	return ""
}

// impureNode names what the node is, empty if it is harmless.
func impureNode(n ast.Node) string {
	switch n := n.(type) {
	case *ast.GoStmt:
		return "a go statement"
	case *ast.ChanType:
		return "a channel"
	case *ast.SelectStmt:
		return "a select"
	case *ast.SendStmt:
		return "a channel send"
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return "a channel receive"
		}
	}
	return ""
}
