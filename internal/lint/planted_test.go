package lint

import (
	"strings"
	"testing"
)

// planted are small trees; want is a part of the one finding, empty where there must be none.
var planted = []struct {
	name string
	find func(*tree) []finding
	path string
	text string
	want string
}{
	{"import upwards", importDirection, "internal/coord/a.go", "package coord\nimport _ \"" + module + "/internal/store\"", "a.go:2: internal/coord must not import internal/store"},
	{"import upwards from a package below", importDirection, "internal/coord/table/a.go", "package table\nimport _ \"" + module + "/internal/link/x\"", "must not import internal/link/x"},
	{"import of a proof package", importDirection, "embed/a.go", "package embed\nimport _ \"" + module + "/internal/sim\"", "embed must not import internal/sim"},
	{"import of an unknown package", importDirection, "internal/newthing/a.go", "package newthing", "no level"},
	{"import downwards", importDirection, "internal/store/a.go", "package store\nimport _ \"" + module + "/internal/coord\"", ""},
	{"import sideways", importDirection, "internal/coord/a.go", "package coord\nimport _ \"" + module + "/internal/wire\"", ""},
	{"import upwards in a test", importDirection, "internal/coord/a_test.go", "package coord\nimport _ \"" + module + "/internal/store\"", ""},

	{"goroutine", purity, "internal/coord/a.go", "package coord\nfunc f() { go f() }", "a go statement in a pure package"},
	{"channel type", purity, "internal/wire/a.go", "package wire\ntype c chan int", "a channel in a pure package"},
	{"channel receive", purity, "internal/wire/a.go", "package wire\nfunc f() { <-c }", "a channel receive"},
	{"channel send", purity, "internal/wire/a.go", "package wire\nfunc f() { c <- 1 }", "a channel send"},
	{"select", purity, "internal/kv/a.go", "package kv\nfunc f() { select {} }", "a select"},
	{"clock", purity, "internal/hlc/a.go", "package hlc\nimport \"time\"\nvar _ time.Time", "must not import time: take the time as a parameter"},
	{"socket", purity, "internal/resp/a.go", "package resp\nimport _ \"net/http\"", "a driver owns the sockets"},
	{"lock", purity, "internal/coord/table/a.go", "package table\nimport _ \"sync/atomic\"", "its driver holds the lock"},
	{"file", purity, "internal/replica/a.go", "package replica\nimport _ \"os\"", "a driver owns files"},
	{"reader", purity, "internal/resp/a.go", "package resp\nimport _ \"io\"", "byte slices"},
	{"log", purity, "internal/coord/a.go", "package coord\nimport _ \"log/slog\"", "the driver logs"},
	{"library", purity, "internal/coord/a.go", "package coord\nimport _ \"go.uber.org/zap\"", "stands on the standard library"},
	{"random", purity, "internal/ring/a.go", "package ring\nimport _ \"math/rand/v2\"", "or a seed"},
	{"hash", purity, "internal/kv/a.go", "package kv\nimport _ \"github.com/zeebo/xxh3\"", ""},
	{"goroutine in a test", purity, "internal/coord/a_test.go", "package coord\nfunc f() { go f() }", ""},
	{"goroutine in a driver", purity, "internal/router/a.go", "package router\nfunc f() { go f() }", ""},

	{"map range", mapOrder, "internal/coord/a.go", "package coord\ntype t struct{ m map[int]int }\nfunc f(x *t) {\n\tfor range x.m {}\n}", "a.go:4: a range over a map"},
	{"named map range", mapOrder, "internal/replica/a.go", "package replica\ntype m map[int]int\nfunc f(x m) { for k := range x { _ = k } }", "a range over a map"},
	{"range over map keys", mapOrder, "internal/coord/a.go", "package coord\nimport \"maps\"\nfunc f(x map[int]int) { for range maps.Keys(x) {} }", "a range over a map"},
	{"mark without reason", mapOrder, "internal/coord/a.go", "package coord\nfunc f(m map[int]int) {\n\tfor range m { //lint:order \n\t}\n}", "a range over a map"},
	{"mark with reason", mapOrder, "internal/coord/a.go", "package coord\nfunc f(m map[int]int) {\n\tfor range m { //lint:order only counted\n\t}\n}", ""},
	{"slice range", mapOrder, "internal/coord/a.go", "package coord\nfunc f(m []int) { for range m {} }", ""},
	{"map range elsewhere", mapOrder, "internal/router/a.go", "package router\nfunc f(m map[int]int) { for range m {} }", ""},

	{"no doc.go", packageDocs, "internal/kv/a.go", "// Package kv owns keys.\npackage kv", "no doc.go"},
	{"no comment", packageDocs, "internal/kv/doc.go", "package kv", "no doc.go"},
	{"not owning", packageDocs, "internal/kv/doc.go", "// Package kv has keys.\npackage kv", "must begin with \"Package kv owns "},
	{"owning two things", packageDocs, "internal/kv/doc.go", "// Package kv owns keys\n// and values. More.\npackage kv", "an \"and\""},
	{"owning one thing", packageDocs, "internal/kv/doc.go", "// Package kv owns keys. This and that.\npackage kv", ""},
	{"program", packageDocs, "services/router/main.go", "// Command router owns the wiring.\npackage main", ""},
	{"program without", packageDocs, "services/router/main.go", "// Router runs.\npackage main", "must begin with \"Command router owns "},

	{"vague folder", packageNames, "internal/util/a.go", "package strings", "owns nothing"},
	{"vague package", packageNames, "internal/x/a_test.go", "package common_test", "owns nothing"},
	{"good name", packageNames, "internal/utility/a.go", "package utility", ""},

	{"long function", sizes, "internal/x/a.go", "package x\nfunc f() {" + strings.Repeat("\n", 70) + "}", "f has 71 lines"},
	{"longest function", sizes, "internal/x/a.go", "package x\nfunc f() {" + strings.Repeat("\n", 69) + "}", ""},
	{"long file", sizes, "internal/x/a.go", "package x" + strings.Repeat("\n", 401), "over 400 lines"},
	{"long test file", sizes, "internal/x/a_test.go", "package x" + strings.Repeat("\n", 401), ""},

	{"sleep", sleeps, "internal/x/a_test.go", "package x\nimport \"time\"\nfunc f() { time.Sleep(1) }", "a sleep in a test"},
	{"sleep in chaos", sleeps, "chaos/a_test.go", "package x\nimport \"time\"\nfunc f() { time.Sleep(1) }", ""},
	{"sleep outside tests", sleeps, "internal/x/a.go", "package x\nimport \"time\"\nfunc f() { time.Sleep(1) }", ""},

	{"work for later", unfinished, "internal/x/a.go", "package x // TO" + "DO: more", "finish it"},
	{"work for later in prose", unfinished, "docs/a.md", "the TO" + "DO list", ""},
	{"machine's path", foreignPlaces, "docs/a.md", "see /wor" + "k/main", "one machine"},
	{"registry", foreignPlaces, "Makefile", "GOPROXY=https://pro" + "xy.golang.org", "one machine"},
	{"registry in go.sum", foreignPlaces, "go.sum", "pro" + "xy.golang.org", ""},
	{"likely path", foreignPlaces, "docs/a.md", "a/network/wo" + "rk/x", ""},
}

func TestPlanted(t *testing.T) {
	for _, p := range planted {
		t.Run(p.name, func(t *testing.T) {
			tree := newTree()
			if err := tree.add(p.path, []byte(p.text)); err != nil {
				t.Fatal(err)
			}
			found := p.find(tree)
			switch {
			case p.want == "" && len(found) > 0:
				t.Errorf("found %v, want nothing", found)
			case p.want != "" && (len(found) != 1 || !strings.Contains(found[0].String(), p.want)):
				t.Errorf("found %v, want one with %q", found, p.want)
			}
		})
	}
}
