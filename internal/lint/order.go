package lint

import (
	"go/ast"
	"go/token"
	"go/types"
	"path"
	"sort"
	"strings"
)

// ordered are the packages whose results must not depend on the order of a map.
var ordered = []string{"internal/coord", "internal/replica"}

// orderMark on the line of a range over a map says why its order can't be seen outside.
const orderMark = "//lint:order "

// mapOrder finds ranges over maps in the ordered packages.
func mapOrder(t *tree) (found []finding) {
	types := newTypes(t)
	for _, dir := range types.dirs() {
		if covered(dir, ordered) {
			found = append(found, mapRanges(t, types, dir)...)
		}
	}
	return found
}

func mapRanges(t *tree, all *typed, dir string) (found []finding) {
	all.check(dir)
	for _, f := range all.files[dir] {
		marked := orderMarks(t, f)
		ast.Inspect(f.ast, func(n ast.Node) bool {
			loop, ok := n.(*ast.RangeStmt)
			if ok && overMap(all.info, loop.X) && !marked[t.fset.Position(loop.Pos()).Line] {
				found = append(found, t.at(loop.Pos(), "a range over a map has another order each time: range over a sorted slice of its keys or keep a slice beside it; if the order can't be seen, end the line with %s<reason>", orderMark))
			}
			return true
		})
	}
	return found
}

// orderMarks are the lines that carry the mark with a reason.
func orderMarks(t *tree, f *file) map[int]bool {
	lines := map[int]bool{}
	for _, group := range f.ast.Comments {
		for _, c := range group.List {
			reason, ok := strings.CutPrefix(c.Text, orderMark)
			if ok && strings.TrimSpace(reason) != "" {
				lines[t.fset.Position(c.Pos()).Line] = true
			}
		}
	}
	return lines
}

// overMap tells whether x is a map, or an iterator of package maps over one.
func overMap(info *types.Info, x ast.Expr) bool {
	if tv, ok := info.Types[x]; ok && tv.Type != nil {
		if _, isMap := tv.Type.Underlying().(*types.Map); isMap {
			return true
		}
	}
	call, ok := x.(*ast.CallExpr)
	if !ok {
		return false
	}
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	id, ok := sel.X.(*ast.Ident)
	return ok && id.Name == "maps"
}

// typed checks the repository's own packages as far as the rules need it: what comes from outside
// is left unknown, so that nothing but the source is read.
type typed struct {
	fset  *token.FileSet
	files map[string][]*file // by folder
	done  map[string]*types.Package
	info  *types.Info
}

func newTypes(t *tree) *typed {
	all := &typed{
		fset: t.fset, files: map[string][]*file{}, done: map[string]*types.Package{},
		info: &types.Info{Types: map[ast.Expr]types.TypeAndValue{}},
	}
	for _, f := range t.files {
		if f.isSource() {
			all.files[f.dir()] = append(all.files[f.dir()], f)
		}
	}
	return all
}

func (all *typed) dirs() []string {
	dirs := make([]string, 0, len(all.files))
	for dir := range all.files {
		dirs = append(dirs, dir)
	}
	sort.Strings(dirs)
	return dirs
}

// check types one package, and those of ours that it imports.
func (all *typed) check(dir string) *types.Package {
	if p, ok := all.done[dir]; ok {
		return p
	}
	parsed := make([]*ast.File, 0, len(all.files[dir]))
	for _, f := range all.files[dir] {
		parsed = append(parsed, f.ast)
	}
	conf := types.Config{Importer: all, Error: func(error) {}} // unknown imports are expected
	p, _ := conf.Check(module+"/"+dir, all.fset, parsed, all.info)
	all.done[dir] = p
	return p
}

// Import implements types.Importer.
func (all *typed) Import(name string) (*types.Package, error) {
	dir, ours := strings.CutPrefix(name, module+"/")
	if ours && all.files[dir] != nil {
		return all.check(dir), nil
	}
	empty := types.NewPackage(name, path.Base(name))
	empty.MarkComplete()
	return empty, nil
}
