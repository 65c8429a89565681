package router

import (
	"math"
	"runtime/debug"

	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/respserver"
)

// newClientPort is the port that clients connect to, not yet listening.
func (r *Router) newClientPort() *respserver.Server {
	cfg := respserver.DefaultConfig(r.cfg.Clients, r)
	cfg.Password, cfg.MaxClients, cfg.Observe = r.cfg.Password, r.cfg.MaxClients, r.observeClient
	cfg.AppendFsync = [...]string{"always", "everysec", "no"}[r.cfg.Core.Durability]
	if r.cfg.RequestBytes > 0 {
		cfg.RequestBytes = r.cfg.RequestBytes
	}
	if r.cfg.AnswerBytes > 0 {
		cfg.AnswerBytes = r.cfg.AnswerBytes
	}
	l := &cfg.Limits
	l.Databases = int(r.cfg.Core.Geometry.Databases)
	l.MaxKey, l.MaxValue = r.cfg.MaxKey, int(r.cfg.Core.MaxValue)
	l.MaxReply = max(l.MaxReply, l.MaxValue+1<<20)
	cfg.MaxOutput += l.MaxValue                                                   // two values: one is being taken while another has come
	l.MaxCommand = max(l.MaxCommand, 2*(l.MaxKey+l.MaxValue))                     // any one pair fits
	cfg.AnswersMost = cfg.AnswerBytes + r.cfg.Core.LargeBytes + int64(l.MaxReply) // one answer may be longer than both
	if limit := debug.SetMemoryLimit(-1); limit < math.MaxInt64 {
		cfg.MaxMemory = limit
	}
	return respserver.New(cfg)
}

// observeClient logs what happens to clients' connections; the port counts by itself.
func (r *Router) observeClient(e respserver.Event) {
	fields := []zap.Field{zap.Uint64("client", uint64(e.Conn)), zap.String("from", e.Addr)}
	switch {
	case e.Kind == respserver.EventRejected:
		r.sampled.Warn("a client's connection was refused", append(fields, zap.String("reason", e.Reason))...)
	case e.Kind == respserver.EventClosed && e.Reason != "":
		r.sampled.Info("a client's connection was closed", append(fields, zap.String("reason", e.Reason))...)
	}
}
