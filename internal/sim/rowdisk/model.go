package rowdisk

import (
	"bytes"
	"maps"
	"slices"
)

// model is a volume that does what a journal is to do.
type model struct {
	rows  map[string][]byte
	epoch uint64
}

// NewModel is an empty volume of the model.
func NewModel() Volume { return newModel() }

func newModel() *model { return &model{rows: map[string][]byte{}} }

func (m *model) Open() (uint64, error) {
	m.epoch++
	return m.epoch, nil
}

func (m *model) Load(row func(key, value []byte) error) error {
	for _, k := range m.Keys() {
		if err := row([]byte(k), m.rows[k]); err != nil {
			return err
		}
	}
	return nil
}

func (m *model) Commit(steps []Step) (answers []Answer) {
	for i := range steps {
		m.keep(&steps[i])
		for _, r := range steps[i].Reads {
			v, found := m.rows[r.Key]
			answers = append(answers, Answer{r.Token, found, v})
		}
	}
	return answers
}

func (m *model) Stop(steps []Step) { m.Commit(steps) }

func (m *model) Cut(steps []Step, fourths int) { m.Commit(steps[:len(steps)*fourths/4]) }

// Fail has the steps reach the disk nevertheless.
func (m *model) Fail(steps []Step) { m.Commit(steps) }

// keep makes a step durable.
func (m *model) keep(s *Step) {
	for i := range s.Ops {
		switch op := &s.Ops[i]; {
		case op.End != "":
			maps.DeleteFunc(m.rows, func(k string, _ []byte) bool { return k >= op.Key && k < op.End })
		case op.Delete:
			delete(m.rows, op.Key)
		default:
			m.rows[op.Key] = op.Value
		}
	}
}

func (m *model) Snapshot() Volume { return m.clone() }

func (m *model) clone() *model { return &model{maps.Clone(m.rows), m.epoch} }

func (m *model) Empty() Volume { return NewModel() }

func (m *model) Keys() []string { return slices.Sorted(maps.Keys(m.rows)) }

func (m *model) Row(key string) ([]byte, bool) {
	v, ok := m.rows[key]
	return v, ok
}

func (m *model) Rot(key string) { m.rows[key] = flipped(m.rows[key]) }

// flipped is a value with a bit of it flipped.
func flipped(v []byte) []byte {
	v = bytes.Clone(v)
	v[0] ^= 1
	return v
}
