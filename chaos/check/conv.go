package check

import "fmt"

// conv compares the copies of a key with each other; one finding a key is enough.
func conv(key string, final Key, copies int) []Finding {
	reason := convReason(final, copies)
	if reason == "" {
		return nil
	}
	return []Finding{{Conv, key, reason}}
}

func convReason(final Key, copies int) string {
	if final.Buffered {
		return "is still in the buffer"
	}
	if len(final.Copies) != copies {
		return fmt.Sprintf("has %d copies instead of %d", len(final.Copies), copies)
	}
	for _, c := range final.Copies {
		if reason := copyReason(c); reason != "" {
			return fmt.Sprintf("server %d %s", c.Server, reason)
		}
	}
	first := final.Copies[0]
	for _, c := range final.Copies[1:] {
		if c.Server == first.Server {
			return fmt.Sprintf("server %d is named twice", c.Server)
		}
		if c.Version != first.Version || c.Kind != first.Kind || c.Checksum != first.Checksum || c.Value != first.Value {
			return fmt.Sprintf("server %d holds %s, server %d holds %s", first.Server, first.show(), c.Server, c.show())
		}
	}
	return ""
}

// copyReason says what is wrong with one copy by itself.
func copyReason(c Copy) string {
	switch {
	case c.Fault != "":
		return "could not be read: " + c.Fault
	case !c.Known:
		return "did not answer for its version"
	case c.Owed:
		return "is still owed it"
	case (c.Kind == "live") != (c.Value != ""):
		return fmt.Sprintf("says that it holds a record that is %s, and was read as %s", c.Kind, named(c.Value))
	}
	return ""
}

func (c Copy) show() string {
	return fmt.Sprintf("%s (%s, version %s, checksum %s)", named(c.Value), c.Kind, c.Version, c.Checksum)
}
