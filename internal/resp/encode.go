package resp

import (
	"strconv"

	"github.com/distributedstorage/ds/internal/fault"
)

func appendLine(b []byte, kind byte, n int64) []byte {
	b = append(b, kind)
	b = strconv.AppendInt(b, n, 10)
	return append(b, '\r', '\n')
}

func appendSimple(b []byte, text string) []byte {
	b = append(b, '+')
	b = append(b, text...)
	return append(b, '\r', '\n')
}

// appendError writes an error whose text begins with its prefix ("ERR …"). Line ends in what the client
// sent become spaces, as in Redis.
func appendError(b []byte, text string) []byte {
	b = append(b, '-')
	for i := range len(text) {
		c := text[i]
		if c == '\r' || c == '\n' {
			c = ' '
		}
		b = append(b, c)
	}
	return append(b, '\r', '\n')
}

func appendFault(b []byte, k fault.Kind) []byte { return appendError(b, k.Text()) }

func appendInt(b []byte, n int64) []byte { return appendLine(b, ':', n) }

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, ":1\r\n"...)
	}
	return append(b, ":0\r\n"...)
}

// appendBulkHead begins a bulk whose bytes and line end follow.
func appendBulkHead(b []byte, n int) []byte {
	b = append(b, '$')
	b = strconv.AppendInt(b, int64(n), 10)
	return append(b, "\r\n"...)
}

func appendBulk(b, v []byte) []byte {
	b = appendLine(b, '$', int64(len(v)))
	b = append(b, v...)
	return append(b, '\r', '\n')
}

func appendBulkString(b []byte, v string) []byte {
	b = appendLine(b, '$', int64(len(v)))
	b = append(b, v...)
	return append(b, '\r', '\n')
}

func appendNull(b []byte, resp3 bool) []byte {
	if resp3 {
		return append(b, "_\r\n"...)
	}
	return append(b, "$-1\r\n"...)
}

// appendNullArray is what RESP2 clients get where an array could have been.
func appendNullArray(b []byte, resp3 bool) []byte {
	if resp3 {
		return append(b, "_\r\n"...)
	}
	return append(b, "*-1\r\n"...)
}

func appendArray(b []byte, n int) []byte { return appendLine(b, '*', int64(n)) }

// appendMap begins a map of n pairs: in RESP2 a flat array.
func appendMap(b []byte, n int, resp3 bool) []byte {
	if resp3 {
		return appendLine(b, '%', int64(n))
	}
	return appendLine(b, '*', 2*int64(n))
}

// appendSet begins a set of n members: in RESP2 an array.
func appendSet(b []byte, n int, resp3 bool) []byte {
	if resp3 {
		return appendLine(b, '~', int64(n))
	}
	return appendLine(b, '*', int64(n))
}

// appendText writes text for people: in RESP3 a verbatim string.
func appendText(b, text []byte, resp3 bool) []byte {
	if !resp3 {
		return appendBulk(b, text)
	}
	b = appendLine(b, '=', int64(len(text)+4))
	b = append(b, "txt:"...)
	b = append(b, text...)
	return append(b, '\r', '\n')
}
