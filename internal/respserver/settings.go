package respserver

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/distributedstorage/ds/internal/resp"
)

// settingKind tells what a setting of CONFIG takes.
type settingKind uint8

const (
	settingText  settingKind = iota
	settingInt               // from … to
	settingBytes             // likewise, with a unit
	settingYesNo
	settingFixed // can't be changed
)

// setting is a setting of CONFIG. Only requirepass, maxclients and timeout change anything: the others are there because
// clients ask for them and set them.
type setting struct {
	name     string
	kind     settingKind
	from, to int64
	value    string
}

// settings are those of one port.
type settings struct {
	secret  atomic.Pointer[string]
	clients atomic.Int64
	idle    atomic.Int64 // seconds
	mu      struct {
		sync.Mutex
		list []setting // by name
	}
}

func (t *settings) init(cfg *Config) {
	number := func(n int) string { return strconv.Itoa(n) }
	t.mu.list = []setting{
		{"appendfsync", settingFixed, 0, 0, cfg.AppendFsync},
		{"appendonly", settingYesNo, 0, 0, "yes"},
		{"bind", settingFixed, 0, 0, ""},
		{"client-output-buffer-limit", settingText, 0, 0, "normal " + number(cfg.MaxOutput) + " 0 0"},
		{"client-query-buffer-limit", settingBytes, 1 << 20, math.MaxInt64, number(cfg.Limits.MaxCommand)},
		{"databases", settingFixed, 0, 0, number(cfg.Limits.Databases)},
		{"dbfilename", settingText, 0, 0, "dump.rdb"},
		{"dir", settingText, 0, 0, "/data"},
		{"hz", settingInt, 0, math.MaxInt32, "10"},
		{"io-threads", settingFixed, 0, 0, "1"},
		{"lazyfree-lazy-user-del", settingYesNo, 0, 0, "no"},
		{"lazyfree-lazy-user-flush", settingYesNo, 0, 0, "no"},
		{"loglevel", settingText, 0, 0, "notice"},
		{"maxclients", settingInt, 1, math.MaxUint32, number(cfg.MaxClients)},
		{"maxmemory", settingBytes, 0, math.MaxInt64, strconv.FormatInt(cfg.MaxMemory, 10)},
		{"maxmemory-policy", settingText, 0, 0, "noeviction"},
		{"maxmemory-samples", settingInt, 1, math.MaxInt32, "5"},
		{"notify-keyspace-events", settingText, 0, 0, ""},
		{"port", settingFixed, 0, 0, "0"},
		{"proto-max-bulk-len", settingBytes, 1 << 20, math.MaxInt64, number(cfg.Limits.MaxBulk)},
		{"requirepass", settingText, 0, 0, cfg.Password},
		{"save", settingText, 0, 0, ""},
		{"slowlog-log-slower-than", settingInt, -1, math.MaxInt64, "10000"},
		{"slowlog-max-len", settingInt, 0, math.MaxInt64, "128"},
		{"tcp-keepalive", settingInt, 0, math.MaxInt32, "300"},
		{"timeout", settingInt, 0, math.MaxInt32, "0"},
	}
	slices.SortFunc(t.mu.list, func(a, b setting) int { return cmp.Compare(a.name, b.name) })
	t.secret.Store(&cfg.Password)
	t.clients.Store(int64(cfg.MaxClients))
}

func (t *settings) password() string { return *t.secret.Load() }
func (t *settings) maxClients() int  { return int(t.clients.Load()) }
func (t *settings) timeout() int64   { return t.idle.Load() }

func (t *settings) setPort(port int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.findLocked("port").value = strconv.Itoa(port)
}

func (t *settings) findLocked(name string) *setting {
	for i := range t.mu.list {
		if t.mu.list[i].name == name {
			return &t.mu.list[i]
		}
	}
	return nil
}

func (t *settings) list() []resp.Setting {
	t.mu.Lock()
	defer t.mu.Unlock()
	list := make([]resp.Setting, len(t.mu.list))
	for i, s := range t.mu.list {
		list[i] = resp.Setting{Name: s.name, Value: s.value}
	}
	return list
}

// set changes all or none.
func (t *settings) set(changes []resp.Setting) *resp.SettingError {
	t.mu.Lock()
	defer t.mu.Unlock()
	values := make([]string, len(changes))
	for i, c := range changes {
		s := t.findLocked(c.Name)
		if s == nil {
			return &resp.SettingError{Name: c.Name}
		}
		var text string
		if values[i], text = s.check(c.Value); text != "" {
			return &resp.SettingError{Name: c.Name, Text: text}
		}
	}
	for i, c := range changes {
		s := t.findLocked(c.Name)
		s.value = values[i]
		t.applyLocked(s)
	}
	return nil
}

func (t *settings) applyLocked(s *setting) {
	n, _ := strconv.ParseInt(s.value, 10, 64)
	switch s.name {
	case "requirepass":
		secret := s.value
		t.secret.Store(&secret)
	case "maxclients":
		t.clients.Store(n)
	case "timeout":
		t.idle.Store(n)
	}
}

// check gives the value in the form that CONFIG GET shows, or what is wrong with it.
func (s *setting) check(v string) (value, fault string) {
	switch s.kind {
	case settingFixed:
		return "", "can't set immutable config"
	case settingYesNo:
		if v != "yes" && v != "no" {
			return "", "argument must be 'yes' or 'no'"
		}
	case settingInt:
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil {
			return "", "argument couldn't be parsed into an integer"
		}
		return s.inRange(n)
	case settingBytes:
		n, ok := parseBytes(v)
		if !ok {
			return "", "argument must be a memory value"
		}
		return s.inRange(n)
	}
	return v, ""
}

func (s *setting) inRange(n int64) (value, fault string) {
	if n < s.from || n > s.to {
		return "", fmt.Sprintf("argument must be between %d and %d inclusive", s.from, s.to)
	}
	return strconv.FormatInt(n, 10), ""
}

// parseBytes reads 100, 100b, 1k, 1kb, 1m, 1mb, 1g, 1gb as Redis does: k is 1000, kb 1024.
func parseBytes(v string) (int64, bool) {
	i := 0
	for i < len(v) && (v[i] >= '0' && v[i] <= '9' || v[i] == '-' && i == 0) {
		i++
	}
	n, err := strconv.ParseInt(v[:i], 10, 64)
	if err != nil || n < 0 {
		return 0, false
	}
	unit, ok := units[strings.ToLower(v[i:])]
	if !ok || n > math.MaxInt64/unit {
		return 0, false
	}
	return n * unit, true
}

var units = map[string]int64{
	"": 1, "b": 1, "k": 1000, "kb": 1 << 10, "m": 1000 * 1000, "mb": 1 << 20, "g": 1000 * 1000 * 1000, "gb": 1 << 30,
}
