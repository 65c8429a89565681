package server

import (
	"sync/atomic"

	"github.com/prometheus/client_golang/prometheus"
)

const namespace = "ds"

// metrics are the counters of one server.
type metrics struct {
	session  prometheus.Gauge
	sessions prometheus.Counter
	handled  atomic.Uint64 // requests of the router
	syncs    prometheus.Histogram
}

func newMetrics() *metrics {
	name := func(s string) string { return prometheus.BuildFQName(namespace, "", s) }
	return &metrics{
		session:  prometheus.NewGauge(prometheus.GaugeOpts{Name: name("session"), Help: "1 = there is a session with the router."}),
		sessions: prometheus.NewCounter(prometheus.CounterOpts{Name: name("sessions_total"), Help: "Sessions that came about."}),
		syncs: prometheus.NewHistogram(prometheus.HistogramOpts{Name: name("sync_seconds"), Help: "Syncs of the volume's log.",
			Buckets: prometheus.ExponentialBuckets(50e-6, 2, 18)}),
	}
}

func (m *metrics) register(to prometheus.Registerer) {
	to.MustRegister(m.session, m.sessions, m.syncs, prometheus.NewCounterFunc(
		prometheus.CounterOpts{Namespace: namespace, Name: "frames_total", Help: "Requests of the router."},
		func() float64 { return float64(m.handled.Load()) }))
}
