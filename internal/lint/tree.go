package lint

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// module is the import path of the repository's root.
const module = "github.com/distributedstorage/ds"

// file is one file of the repository.
type file struct {
	path string // from the root, with slashes
	text []byte
	ast  *ast.File // nil where it is not Go
}

func (f *file) dir() string    { return path.Dir(f.path) }
func (f *file) isTest() bool   { return strings.HasSuffix(f.path, "_test.go") }
func (f *file) isSource() bool { return f.ast != nil && !f.isTest() }

// in tells whether the file lies in the folder or below it.
func (f *file) in(dir string) bool { return f.path == dir || strings.HasPrefix(f.path, dir+"/") }

// tree is a set of files, sorted by path.
type tree struct {
	fset  *token.FileSet
	files []*file
}

// finding is one violation: where it is, and what to do instead.
type finding struct {
	path string
	line int
	text string
}

func (f finding) String() string { return fmt.Sprintf("%s:%d: %s", f.path, f.line, f.text) }

func newTree() *tree { return &tree{fset: token.NewFileSet()} }

// add parses the file if it is Go.
func (t *tree) add(name string, text []byte) error {
	f := &file{path: name, text: text}
	if strings.HasSuffix(name, ".go") && !strings.Contains(name, "/testdata/") {
		parsed, err := parser.ParseFile(t.fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		f.ast = parsed
	}
	t.files = append(t.files, f)
	return nil
}

// at makes a finding for a node's position.
func (t *tree) at(pos token.Pos, format string, args ...any) finding {
	p := t.fset.Position(pos)
	return finding{p.Filename, p.Line, fmt.Sprintf(format, args...)}
}

// load reads the repository that holds the folder: what git tracks or would track.
func load(dir string) (*tree, error) {
	root, names, err := listed(dir)
	if err != nil {
		return nil, err
	}
	t := newTree()
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(name)))
		if os.IsNotExist(err) {
			continue // deleted, not yet committed
		}
		if err != nil {
			return nil, err
		}
		if err := t.add(name, text); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// listed asks git for the root and the names of the files below it.
func listed(dir string) (root string, names []string, err error) {
	top, err := git(dir, "rev-parse", "--show-toplevel")
	if err != nil {
		return "", nil, err
	}
	root = strings.TrimSpace(top)
	out, err := git(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard")
	if err != nil {
		return "", nil, err
	}
	return root, strings.FieldsFunc(out, func(r rune) bool { return r == 0 }), nil
}

func git(dir string, args ...string) (string, error) {
	var stderr bytes.Buffer
	cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("git %s: %w: %s", args[0], err, stderr.String())
	}
	return string(out), nil
}
