package check

import "fmt"

// noGhost looks for values that nobody wrote, or whose writer was told that nothing was written.
func (r *register) noGhost(final Key) []Finding {
	var findings []Finding
	for _, read := range r.reads {
		if why := r.ghost(read.Value); why != "" {
			findings = append(findings, Finding{NoGhost, r.key,
				fmt.Sprintf("a read at %s was answered %s, %s", at(read.Return), named(read.Value), why)})
		}
	}
	for _, c := range final.Copies {
		if why := r.ghost(c.Value); why != "" {
			findings = append(findings, Finding{NoGhost, r.key,
				fmt.Sprintf("server %d holds %s, %s", c.Server, named(c.Value), why)})
		}
	}
	return findings
}

// ghost says what is wrong with the value; "" = nothing.
func (r *register) ghost(value string) string {
	if value == "" {
		return ""
	}
	if _, ok := r.byID[value]; ok {
		return ""
	}
	if r.failed[value] {
		return "whose writer was told that nothing was written"
	}
	return "which nobody wrote"
}
