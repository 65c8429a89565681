package lint

import (
	"go/ast"
	"path"
	"strings"
)

// vague are names that say nothing of what a package owns.
var vague = []string{"util", "utils", "common", "misc", "helper", "helpers", "shared", "base", "lib"}

// packageDocs wants a doc.go in every package, and one sentence of what it owns. A program's is
// "Command x owns …", and stands in its main.go if it likes.
func packageDocs(t *tree) (found []finding) {
	types := newTypes(t)
	for _, dir := range types.dirs() {
		doc, home := packageDoc(types.files[dir])
		first := types.files[dir][0]
		program := first.ast.Name.Name == "main"
		if home == nil || !program && path.Base(home.path) != "doc.go" {
			found = append(found, t.at(first.ast.Package, "no doc.go with the package's comment: say in one sentence what the package owns"))
			continue
		}
		if text := docFault(doc, dir, program); text != "" {
			found = append(found, t.at(home.ast.Package, "%s", text))
		}
	}
	return found
}

// packageDoc is the package comment and the file it is in.
func packageDoc(files []*file) (*ast.CommentGroup, *file) {
	for _, f := range files {
		if f.ast.Doc != nil {
			return f.ast.Doc, f
		}
	}
	return nil, nil
}

func docFault(doc *ast.CommentGroup, dir string, program bool) string {
	start := "Package " + path.Base(dir) + " owns "
	if program {
		start = "Command " + path.Base(dir) + " owns "
	}
	text := strings.Join(strings.Fields(doc.Text()), " ")
	if !strings.HasPrefix(text, start) {
		return "the package comment must begin with \"" + start + "…\""
	}
	sentence, _, _ := strings.Cut(text+" ", ". ")
	if strings.Contains(sentence, " and ") {
		return "the first sentence of the package comment has an \"and\": a package owns one thing; name it, or split the package"
	}
	return ""
}

// packageNames finds packages that could hold anything.
func packageNames(t *tree) (found []finding) {
	for _, f := range t.files {
		if f.ast == nil {
			continue
		}
		for _, name := range vague {
			if path.Base(f.dir()) == name || strings.TrimSuffix(f.ast.Name.Name, "_test") == name {
				found = append(found, t.at(f.ast.Package, "a package named %s owns nothing: name it after the one thing it owns", name))
				break
			}
		}
	}
	return found
}
