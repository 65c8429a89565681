package lint

import (
	"strconv"
	"strings"
)

// levels are the repository's packages from the bottom up; a package imports its own level and lower
// ones. A path covers the packages below it.
var levels = [][]string{
	{"internal/kv", "internal/hlc", "internal/fault", "internal/planted", "internal/blocksum"},
	{"internal/ring", "internal/coord", "internal/replica", "internal/digest", "internal/resp", "internal/wire"},
	{"internal/store", "internal/journal", "internal/link", "internal/respserver", "internal/ops"},
	{"internal/router", "internal/server", "internal/config"},
	{"embed", "client", "services"},
}

// proof are the packages that test the others: they import anything, and only tests and each
// other import them.
var proof = []string{"internal/sim", "internal/allocs", "internal/lint", "internal/fakerouter", "internal/leftover", "internal/loopback", "chaos", "e2e"}

const proofLevel = 1000

// level of a folder, -1 if it has none.
func level(dir string) int {
	for n, group := range levels {
		if covered(dir, group) {
			return n
		}
	}
	if covered(dir, proof) {
		return proofLevel
	}
	return -1
}

func covered(dir string, group []string) bool {
	for _, p := range group {
		if dir == p || strings.HasPrefix(dir, p+"/") {
			return true
		}
	}
	return false
}

// importDirection finds packages without a level, and imports that point upwards.
func importDirection(t *tree) (found []finding) {
	for _, f := range t.files {
		if !f.isSource() {
			continue
		}
		own := level(f.dir())
		if own < 0 {
			found = append(found, t.at(f.ast.Package, "the package has no level: give it one in internal/lint/imports.go, or move it below one that has"))
			continue
		}
		for _, spec := range f.ast.Imports {
			name, _ := strconv.Unquote(spec.Path.Value)
			dir, ours := strings.CutPrefix(name, module+"/")
			if ours && level(dir) > own {
				found = append(found, t.at(spec.Pos(), "%s must not import %s, which stands above it: move what both need down, or let the upper one pass it in", f.dir(), dir))
			}
		}
	}
	return found
}
