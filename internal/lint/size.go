package lint

import (
	"bytes"
	"go/ast"
)

const (
	maxFunctionLines = 70
	maxFileLines     = 400
)

// sizes finds functions and files that are too long to be read in one go.
func sizes(t *tree) (found []finding) {
	for _, f := range t.files {
		if f.ast == nil {
			continue
		}
		if lines := bytes.Count(f.text, []byte{'\n'}); lines > maxFileLines && !f.isTest() {
			found = append(found, finding{f.path, lines, "the file is over 400 lines: split it by what its parts own"})
		}
		for _, decl := range f.ast.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			from, to := t.fset.Position(fn.Pos()).Line, t.fset.Position(fn.End()).Line
			if to-from+1 > maxFunctionLines {
				found = append(found, t.at(fn.Pos(), "%s has %d lines, over %d: take steps out of it by name", fn.Name.Name, to-from+1, maxFunctionLines))
			}
		}
	}
	return found
}
