package resp

import "strings"

// appendInfo writes the command as COMMAND INFO does.
func (c *command) appendInfo(b []byte, resp3 bool) []byte {
	b = appendArray(b, 10)
	b = appendBulkString(b, c.name)
	b = appendInt(b, int64(c.arity))
	b = appendWords(b, c.flags, "", resp3)
	b = appendInt(b, int64(c.first))
	b = appendInt(b, int64(c.last))
	b = appendInt(b, int64(c.step))
	b = appendWords(b, c.acl, "@", resp3)
	b = appendTips(b, c.tips, resp3)
	b = c.appendKeySpecs(b, resp3)
	b = appendSet(b, len(c.subs), resp3)
	for _, sub := range c.subs {
		b = sub.appendInfo(b, resp3)
	}
	return b
}

// appendWords writes a set of statuses.
func appendWords(b []byte, words, prefix string, resp3 bool) []byte {
	list := strings.Fields(words)
	b = appendSet(b, len(list), resp3)
	for _, w := range list {
		b = appendSimple(b, prefix+w)
	}
	return b
}

func appendTips(b []byte, words string, resp3 bool) []byte {
	list := strings.Fields(words)
	b = appendSet(b, len(list), resp3)
	for _, w := range list {
		b = appendBulkString(b, w)
	}
	return b
}

func (c *command) appendKeySpecs(b []byte, resp3 bool) []byte {
	if c.first == 0 {
		return appendSet(b, 0, resp3)
	}
	last := c.last
	if last > 0 {
		last -= c.first // relative to the first
	}
	b = appendSet(b, 1, resp3)
	if c.notes == "" {
		b = appendMap(b, 3, resp3)
	} else {
		b = appendMap(b, 4, resp3)
		b = appendBulkString(appendBulkString(b, "notes"), c.notes)
	}
	b = appendWords(appendBulkString(b, "flags"), c.spec, "", resp3)
	b = appendMap(appendBulkString(b, "begin_search"), 2, resp3)
	b = appendBulkString(appendBulkString(b, "type"), "index")
	b = appendMap(appendBulkString(b, "spec"), 1, resp3)
	b = appendInt(appendBulkString(b, "index"), int64(c.first))
	b = appendMap(appendBulkString(b, "find_keys"), 2, resp3)
	b = appendBulkString(appendBulkString(b, "type"), "range")
	b = appendMap(appendBulkString(b, "spec"), 3, resp3)
	b = appendInt(appendBulkString(b, "lastkey"), int64(last))
	b = appendInt(appendBulkString(b, "keystep"), int64(c.step))
	return appendInt(appendBulkString(b, "limit"), 0)
}

// appendDocs writes the command as COMMAND DOCS does.
func (c *command) appendDocs(b []byte, resp3 bool) []byte {
	fields := []Setting{{"summary", c.summary}, {"since", c.since}, {"group", c.group}}
	if c.complexity != "" {
		fields = append(fields, Setting{"complexity", c.complexity})
	}
	n := len(fields)
	if len(c.subs) > 0 {
		n++
	}
	b = appendMap(b, n, resp3)
	for _, f := range fields {
		b = appendBulkString(appendBulkString(b, f.Name), f.Value)
	}
	if len(c.subs) == 0 {
		return b
	}
	b = appendMap(appendBulkString(b, "subcommands"), len(c.subs), resp3)
	for _, sub := range c.subs {
		b = sub.appendDocs(appendBulkString(b, sub.name), resp3)
	}
	return b
}
