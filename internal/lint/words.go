package lint

import (
	"bytes"
	"go/ast"
	"path"
	"regexp"
	"strings"
)

// undone are the marks of work left for later. They are put together here so that this file has none.
var undone = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|XX` + `X)\b`)

// foreign are places that belong to one machine or one package registry, not to the repository.
var foreign = regexp.MustCompile(`(^|[^A-Za-z0-9_.-])/wor` + `k/|/ro` + `ot/|` +
	`\b(pro` + `xy\.golang\.org|su` + `m\.golang\.org|goproxy\.[a-z]+|registry-1\.doc` + `ker\.io|registry\.npm` + `js\.org|py` + `pi\.org)\b`)

// unfinished finds marks of work left for later.
func unfinished(t *tree) []finding {
	return grep(t, undone, "finish it, or write down what is missing where people look for it", func(f *file) bool { return f.ast != nil })
}

// foreignPlaces finds paths of one machine and hosts of registries.
func foreignPlaces(t *tree) []finding {
	return grep(t, foreign, "a path or host of one machine: take it from the environment or leave it out", func(f *file) bool {
		return path.Base(f.path) != "go.sum"
	})
}

func grep(t *tree, pattern *regexp.Regexp, instead string, where func(*file) bool) (found []finding) {
	for _, f := range t.files {
		if !where(f) || bytes.IndexByte(f.text, 0) >= 0 {
			continue
		}
		for n, line := range strings.Split(string(f.text), "\n") {
			if hit := pattern.FindString(line); hit != "" {
				found = append(found, finding{f.path, n + 1, "\"" + strings.TrimSpace(hit) + "\": " + instead})
			}
		}
	}
	return found
}

// sleeps finds tests that wait for time to pass instead of for something to happen.
func sleeps(t *tree) (found []finding) {
	for _, f := range t.files {
		if f.ast == nil || !f.isTest() || f.in("chaos") || f.in("e2e") {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			sel, ok := n.(*ast.SelectorExpr)
			if !ok || sel.Sel.Name != "Sleep" {
				return true
			}
			if id, ok := sel.X.(*ast.Ident); ok && id.Name == "time" {
				found = append(found, t.at(sel.Pos(), "a sleep in a test: wait for a condition or a channel, or drive the clock (testing/synctest)"))
			}
			return true
		})
	}
	return found
}
