package resp

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

func (s *Session) doInfo(_ *command, argv [][]byte) {
	f := s.host.Facts()
	var wanted []string
	for _, a := range argv[1:] {
		wanted = append(wanted, strings.ToLower(string(a)))
	}
	all := len(wanted) == 0 || slices.Contains(wanted, "default") || slices.Contains(wanted, "all") ||
		slices.Contains(wanted, "everything")
	var b []byte
	for _, sec := range f.sections() {
		if !all && !slices.Contains(wanted, sec.Name) {
			continue
		}
		if len(b) > 0 {
			b = append(b, "\r\n"...)
		}
		b = sec.append(b)
	}
	s.answer(appendText(s.begin(), b, s.state.Resp3))
}

func (sec *Section) append(b []byte) []byte {
	title := strings.ToUpper(sec.Name[:1]) + sec.Name[1:]
	if len(sec.Name) <= 3 {
		title = strings.ToUpper(sec.Name)
	}
	b = append(append(append(b, "# "...), title...), "\r\n"...)
	for _, f := range sec.Fields {
		b = append(append(append(append(b, f.Name...), ':'), f.Value...), "\r\n"...)
	}
	return b
}

// sections are INFO's, in Redis' order and with the fields that clients and tools look for.
func (f *Facts) sections() []Section {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	list := []Section{
		{"server", []Setting{
			{"redis_version", ServerVersion}, {"redis_git_sha1", "00000000"}, {"redis_git_dirty", "0"},
			{"redis_mode", "standalone"}, {"os", "Linux"}, {"arch_bits", strconv.Itoa(strconv.IntSize)},
			{"process_id", strconv.Itoa(f.ProcessID)}, {"run_id", f.RunID}, {"tcp_port", strconv.Itoa(f.TCPPort)},
			{"uptime_in_seconds", n(f.UptimeSeconds)}, {"uptime_in_days", n(f.UptimeSeconds / 86400)},
			{"hz", "10"}, {"configured_hz", "10"}, {"executable", "router"}, {"config_file", ""},
		}},
		{"clients", []Setting{
			{"connected_clients", n(f.ConnectedClients)}, {"cluster_connections", "0"},
			{"maxclients", n(f.MaxClients)}, {"blocked_clients", "0"}, {"tracking_clients", "0"},
		}},
		{"memory", []Setting{
			{"used_memory", n(f.UsedMemory)}, {"used_memory_human", human(f.UsedMemory)},
			{"used_memory_rss", n(f.UsedMemory)}, {"used_memory_peak", n(f.UsedMemory)},
			{"used_memory_peak_human", human(f.UsedMemory)},
			{"maxmemory", n(f.MaxMemory)}, {"maxmemory_human", human(f.MaxMemory)},
			{"maxmemory_policy", "noeviction"}, {"mem_fragmentation_ratio", "1.00"}, {"mem_allocator", "go"},
		}},
		{"persistence", []Setting{
			{"loading", "0"}, {"async_loading", "0"}, {"rdb_changes_since_last_save", "0"},
			{"rdb_bgsave_in_progress", "0"}, {"rdb_last_bgsave_status", "ok"}, {"aof_enabled", "1"},
			{"aof_rewrite_in_progress", "0"}, {"aof_last_bgrewrite_status", "ok"}, {"aof_last_write_status", "ok"},
		}},
		{"stats", []Setting{
			{"total_connections_received", n(f.TotalConnections)}, {"total_commands_processed", n(f.TotalCommands)},
			{"instantaneous_ops_per_sec", "0"}, {"total_net_input_bytes", n(f.NetInput)},
			{"total_net_output_bytes", n(f.NetOutput)}, {"rejected_connections", n(f.RejectedConnections)},
			{"expired_keys", "0"}, {"evicted_keys", "0"}, {"keyspace_hits", "0"}, {"keyspace_misses", "0"},
			{"pubsub_channels", "0"}, {"pubsub_patterns", "0"},
		}},
		{"replication", []Setting{
			{"role", "master"}, {"connected_slaves", "0"}, {"master_replid", f.RunID}, {"master_repl_offset", "0"},
		}},
		{"cpu", nil},
		{"modules", nil},
		{"errorstats", nil},
		{"cluster", []Setting{{"cluster_enabled", "0"}}},
		{"keyspace", f.keyspace()},
	}
	list = slices.DeleteFunc(list, func(sec Section) bool { return sec.Fields == nil && sec.Name != "keyspace" })
	return append(list, f.Sections...)
}

func (f *Facts) keyspace() []Setting {
	var fields []Setting
	for _, k := range f.Keyspace {
		if k.Keys > 0 {
			fields = append(fields, Setting{fmt.Sprintf("db%d", k.DB), fmt.Sprintf("keys=%d,expires=%d,avg_ttl=0", k.Keys, k.Expires)})
		}
	}
	return fields
}

// human writes bytes as Redis does: 1.50M.
func human(n int64) string {
	if n < 1024 {
		return strconv.FormatInt(n, 10) + "B"
	}
	v, units := float64(n), "BKMGTP"
	i := 0
	for v >= 1024 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return fmt.Sprintf("%.2f%c", v, units[i])
}
