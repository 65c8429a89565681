package view

import (
	"fmt"
	"strconv"
)

// fields reads a map reply, which is a flat array under RESP2. It keeps the first fault, so that a
// caller checks once.
type fields struct {
	of    string
	named map[string]any
	err   error
}

func readFields(of string, reply any) *fields {
	f := &fields{of: of, named: map[string]any{}}
	switch m := reply.(type) {
	case map[any]any:
		for k, v := range m {
			f.named[fmt.Sprint(k)] = v
		}
	case map[string]any:
		f.named = m
	case []any:
		for i := 0; i+1 < len(m); i += 2 {
			f.named[fmt.Sprint(m[i])] = m[i+1]
		}
	default:
		f.err = fmt.Errorf("%s: the reply is %T %v, not a map", of, reply, reply)
	}
	return f
}

func (f *fields) get(name string) any {
	v, ok := f.named[name]
	if !ok && f.err == nil {
		f.err = fmt.Errorf("%s: no field %q in %v", f.of, name, f.named)
	}
	return v
}

// number is an integer field; 0 when it is nil.
func (f *fields) number(name string) int64 {
	v := f.get(name)
	switch n := v.(type) {
	case nil:
		return 0
	case int64:
		return n
	case bool:
		if n {
			return 1
		}
		return 0
	}
	n, err := strconv.ParseInt(fmt.Sprint(v), 10, 64)
	if err != nil && f.err == nil {
		f.err = fmt.Errorf("%s: field %q is %v, not a number", f.of, name, v)
	}
	return n
}

// text is a field as text; "" when it is nil.
func (f *fields) text(name string) string {
	v := f.get(name)
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

// list is an array field.
func (f *fields) list(name string) []any {
	v := f.get(name)
	list, ok := v.([]any)
	if !ok && f.err == nil {
		f.err = fmt.Errorf("%s: field %q is %T, not an array", f.of, name, v)
	}
	return list
}
