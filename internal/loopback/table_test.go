package loopback

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestEveryStoryIsInTheTable keeps docs/testing.md and the stories together.
func TestEveryStoryIsInTheTable(t *testing.T) {
	text, err := os.ReadFile("../../docs/testing.md")
	must(t, err)
	_, section, _ := strings.Cut(string(text), "\n## Tier P: real processes\n")
	section, _, _ = strings.Cut(section, "\n## What is not checked\n")
	named := map[string]bool{}
	for _, name := range regexp.MustCompile("`(Test[A-Za-z]+)`").FindAllStringSubmatch(section, -1) {
		named[name[1]] = true
	}
	for name, story := range tests(t) {
		if story && !named[name] {
			t.Errorf("%s is not in the table of docs/testing.md", name)
		}
		delete(named, name)
	}
	for name := range named {
		t.Errorf("docs/testing.md names %s, which does not exist", name)
	}
}

// tests are the test functions of this package; true for those that tell a story.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	entries, err := os.ReadDir(".")
	must(t, err)
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), e.Name(), nil, 0)
		must(t, err)
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && strings.HasPrefix(f.Name.Name, "Test") {
				names[f.Name.Name] = tells(f)
			}
		}
	}
	return names
}

func tells(f *ast.FuncDecl) (found bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		id, ok := n.(*ast.Ident)
		found = found || ok && id.Name == "tell"
		return !found
	})
	return found
}
