package lint

import "testing"

// rules are all that the repository keeps.
var rules = []struct {
	name string
	find func(*tree) []finding
}{
	{"ImportDirection", importDirection},
	{"Purity", purity},
	{"MapOrder", mapOrder},
	{"PackageDocs", packageDocs},
	{"PackageNames", packageNames},
	{"Sizes", sizes},
	{"Sleeps", sleeps},
	{"Unfinished", unfinished},
	{"ForeignPlaces", foreignPlaces},
}

func TestRepository(t *testing.T) {
	repository, err := load(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, rule := range rules {
		t.Run(rule.name, func(t *testing.T) {
			for _, f := range rule.find(repository) {
				t.Error(f)
			}
		})
	}
}
