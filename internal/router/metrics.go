package router

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
)

const namespace = "ds"

// metrics are the router's counters, of one router.
type metrics struct {
	requests prometheus.Counter
	events   [len(eventForms)]prometheus.Counter
	faults   [faultKinds]prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{requests: counter("requests_total", "Operations that clients asked for; a command over several keys is several.", nil)}
	for i := range eventForms {
		m.events[i] = counter(eventForms[i].metric+"_total", eventForms[i].help, nil)
	}
	for i := range m.faults {
		m.faults[i] = counter("faults_total", "Operations answered with an error, by its first word.",
			prometheus.Labels{"fault": fault.Kind(i).Prefix()})
	}
	return m
}

func counter(name, help string, labels prometheus.Labels) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels})
}

// register shows the counters, and the gauges that are asked of the core at each scrape.
func (r *Router) register(to prometheus.Registerer) {
	to.MustRegister(r.metrics.requests, gauges{r})
	for _, c := range r.metrics.events {
		to.MustRegister(c)
	}
	for _, c := range r.metrics.faults[fault.NoServer:] {
		to.MustRegister(c)
	}
}

func (m *metrics) countFaults(counts *[faultKinds]uint32) {
	for i, n := range counts {
		if n > 0 {
			m.faults[i].Add(float64(n))
		}
	}
}

func gaugeOf(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	serverState = gaugeOf("server_state", "0 = away, 1 = behind, 2 = in sync.", "server")
	serverOwed  = gaugeOf("server_owed_entries", "Entries owed to the server.", "server")
	serverDirty = gaugeOf("server_dirty_partitions", "Partitions of the server that are dirty.", "server")
	serverKeys  = gaugeOf("server_keys", "Live keys of the server as of its last heartbeat.", "server")
	converged   = gaugeOf("is_converged", "1 = nothing owed and all copies equal.")
	tableOwed   = gaugeOf("table_owed_entries", "Entries owed to any server.")
	tableBuffer = gaugeOf("table_buffered_entries", "Entries that no server has confirmed.")
	tableDirty  = gaugeOf("table_dirty_marks", "Dirty marks, one a server and partition.")
)

// gauges asks the core for its state when it is scraped.
type gauges struct{ r *Router }

func (gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{serverState, serverOwed, serverDirty, serverKeys, converged, tableOwed, tableBuffer, tableDirty} {
		to <- d
	}
}

func (g gauges) Collect(to chan<- prometheus.Metric) {
	give := func(d *prometheus.Desc, value float64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	ctx, cancel := context.WithTimeout(context.Background(), queryTimeout)
	defer cancel()
	servers, err := g.r.Servers(ctx)
	if err != nil {
		return // not serving: nothing to show
	}
	for i := range servers {
		s := &servers[i]
		label := strconv.Itoa(int(s.Number))
		give(serverState, float64(s.State), label)
		give(serverOwed, float64(s.Owed), label)
		give(serverDirty, float64(s.Dirty), label)
		if s.State != coord.Away {
			give(serverKeys, float64(s.Keys), label)
		}
	}
	c, err := g.r.Convergence(ctx)
	if err != nil {
		return
	}
	give(converged, map[bool]float64{true: 1}[c.Converged])
	give(tableOwed, float64(c.Owed))
	give(tableBuffer, float64(c.Buffered))
	give(tableDirty, float64(c.Dirty))
}
