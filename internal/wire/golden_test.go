package wire

import (
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write the samples into docs/protocol.md")

const (
	protocolDoc = "../../docs/protocol.md"
	begin, end  = "<!-- samples: begin -->\n", "<!-- samples: end -->"
)

// The document's samples are what the code writes. If this fails, the protocol has changed: peers of the
// last release no longer understand this one. Raise ProtocolVersion, correct the document's tables, then
// go test ./internal/wire -run Document -rewrite
func TestDocumentHasTheBytes(t *testing.T) {
	var b strings.Builder
	b.WriteString("```text\n")
	for _, f := range samples() {
		fmt.Fprintf(&b, "%s\n%s", typeNames[f.Type], dump(Append(nil, &f)))
	}
	b.WriteString("```\n")
	doc, err := os.ReadFile(protocolDoc)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found1 := strings.Cut(string(doc), begin)
	old, after, found2 := strings.Cut(rest, end)
	if !found1 || !found2 {
		t.Fatalf("%s has no place for the samples", protocolDoc)
	}
	if *rewrite {
		if err := os.WriteFile(protocolDoc, []byte(before+begin+b.String()+end+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if old != b.String() {
		t.Errorf("%s shows\n%s\nthe code writes\n%s", protocolDoc, old, b.String())
	}
}

// dump shows a frame in lines of 24 bytes, of which the first is the header.
func dump(frame []byte) string {
	var b strings.Builder
	for from := 0; from < len(frame); from += HeaderSize {
		line := frame[from:min(from+HeaderSize, len(frame))]
		fmt.Fprintf(&b, "  %3d  %s\n", from, spaced(line))
	}
	return b.String()
}

func spaced(line []byte) string {
	var words []string
	for len(line) > 0 {
		n := min(4, len(line))
		words = append(words, hex.EncodeToString(line[:n]))
		line = line[n:]
	}
	return strings.Join(words, " ")
}
