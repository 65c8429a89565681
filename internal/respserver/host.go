package respserver

import (
	"os"
	"runtime/metrics"
	"slices"
	"time"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/resp"
)

// host is the server as its sessions see it. They call it with their connection's lock held: it takes only locks
// under which none of those is taken.
type host Server

func (h *host) server() *Server { return (*Server)(h) }

// Now implements resp.Host.
func (h *host) Now() int64 { return time.Now().UnixMilli() }

// Password implements resp.Host.
func (h *host) Password() string { return h.settings.password() }

// Settings implements resp.Host.
func (h *host) Settings() []resp.Setting { return h.settings.list() }

// Configure implements resp.Host.
func (h *host) Configure(changes []resp.Setting) *resp.SettingError { return h.settings.set(changes) }

// ResetStat implements resp.Host.
func (h *host) ResetStat() {
	st := &h.stats
	st.opened.Store(0)
	st.rejected.Store(0)
	st.commands.Store(0)
	st.in.Store(0)
	st.out.Store(0)
}

// Kill implements resp.Host.
func (h *host) Kill(id coord.ConnID) bool {
	c := h.server().find(id)
	if c == nil {
		return false
	}
	c.close(reasonKilled)
	return true
}

// Clients implements resp.Host.
func (h *host) Clients() []resp.Client {
	now := h.server().seconds()
	var list []resp.Client
	for _, c := range h.server().list() {
		list = append(list, c.describe(now))
	}
	slices.SortFunc(list, func(a, b resp.Client) int { return int(int64(a.ID) - int64(b.ID)) })
	return list
}

func (c *Conn) describe(now int64) resp.Client {
	c.status.Lock()
	st := c.status.State
	c.status.Unlock()
	return resp.Client{
		ID: c.id, Addr: c.addr, LocalAddr: c.local, Name: st.Name, LibName: st.LibName, LibVersion: st.LibVersion,
		Command: st.Command, AgeSeconds: now - c.opened, IdleSeconds: max(0, now-c.active.Load()),
		DB: st.DB, Resp3: st.Resp3, NoEvict: st.NoEvict, NoTouch: st.NoTouch,
		InputBytes: st.InputBytes, OutputBytes: c.out.Pending(),
	}
}

// Facts implements resp.Host.
func (h *host) Facts() resp.Facts {
	s := h.server()
	f := resp.Facts{
		RunID: s.runID, TCPPort: s.port(), ProcessID: os.Getpid(),
		UptimeSeconds: s.seconds() - s.started, ConnectedClients: int64(s.count()),
		MaxClients: int64(s.settings.maxClients()), UsedMemory: usedMemory(), MaxMemory: s.cfg.MaxMemory,
		TotalConnections: s.stats.opened.Load(), RejectedConnections: s.stats.rejected.Load(),
		TotalCommands: s.stats.commands.Load(), NetInput: s.stats.in.Load(), NetOutput: s.stats.out.Load(),
	}
	if s.cfg.Keyspace != nil {
		f.Keyspace = s.cfg.Keyspace()
	}
	if s.cfg.Sections != nil {
		f.Sections = s.cfg.Sections()
	}
	return f
}

// usedMemory is what the objects of the process take, in bytes.
func usedMemory() int64 {
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	if sample[0].Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return int64(sample[0].Value.Uint64())
}
