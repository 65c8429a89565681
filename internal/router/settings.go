package router

import (
	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/zap"

	"github.com/distributedstorage/ds/internal/config"
)

// FromSettings is the configuration of a router with the program's settings.
func FromSettings(s config.Router, log *zap.Logger, metrics prometheus.Registerer) Config {
	return Config{
		Servers: s.Servers, Clients: s.Clients, Data: s.Data, Core: s.Core,
		Password: s.Password, MaxKey: s.MaxKey, MaxClients: s.MaxClients, RequestBytes: s.RequestBytes, AnswerBytes: s.AnswerBytes,
		Log: log, Metrics: metrics,
	}
}
