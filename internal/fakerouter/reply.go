package fakerouter

import (
	"bufio"
	"fmt"
)

// Replies beside string (a bulk string), int64, nil and []any.
type (
	Status string   // a simple string
	Error  string   // an error
	Map    [][2]any // a RESP3 map, in order
	hangup struct{}
)

// Hangup closes the connection instead of replying.
var Hangup = hangup{}

func write(out *bufio.Writer, reply any) {
	switch v := reply.(type) {
	case nil:
		fmt.Fprint(out, "_\r\n")
	case Status:
		fmt.Fprintf(out, "+%s\r\n", string(v))
	case Error:
		fmt.Fprintf(out, "-%s\r\n", string(v))
	case string:
		fmt.Fprintf(out, "$%d\r\n%s\r\n", len(v), v)
	case int64:
		fmt.Fprintf(out, ":%d\r\n", v)
	case []any:
		fmt.Fprintf(out, "*%d\r\n", len(v))
		for _, x := range v {
			write(out, x)
		}
	case Map:
		fmt.Fprintf(out, "%%%d\r\n", len(v))
		for _, pair := range v {
			write(out, pair[0])
			write(out, pair[1])
		}
	default:
		panic(fmt.Sprintf("fakerouter: no RESP form for %T", v))
	}
}
