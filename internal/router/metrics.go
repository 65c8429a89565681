package router

import (
	"context"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/fault"
	"github.com/distributedstorage/ds/internal/respserver"
)

const namespace = "ds"

// metrics are the router's counters, of one router.
type metrics struct {
	steps    prometheus.Counter
	requests prometheus.Counter
	syncs    prometheus.Counter
	large    prometheus.Counter
	events   [len(eventForms)]prometheus.Counter
	faults   [faultKinds]prometheus.Counter
}

func newMetrics() *metrics {
	m := &metrics{
		steps:    counter("steps_total", "Steps of the core; requests and frames a step tell how well they are batched.", nil),
		requests: counter("requests_total", "Operations that clients asked for; a command over several keys is several.", nil),
		syncs:    counter("journal_syncs_total", "Syncs of the journal; all writes that wait at a time share one.", nil),
	}
	m.large = counter("large_values_total", "Values that began to go to a server in chunks.", nil)
	for i := range eventForms {
		m.events[i] = counter(eventForms[i].metric+"_total", eventForms[i].help, nil)
	}
	for i := range m.faults {
		m.faults[i] = counter("faults_total", "Operations answered with an error, by its first word.",
			prometheus.Labels{"fault": fault.Kind(i).Prefix()})
	}
	m.faults[fault.NoJournal] = m.faults[fault.Busy] // one first word, one counter
	return m
}

func counter(name, help string, labels prometheus.Labels) prometheus.Counter {
	return prometheus.NewCounter(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help, ConstLabels: labels})
}

// register shows the counters, and the gauges that are asked of the core at each scrape.
func (r *Router) register(to prometheus.Registerer) {
	to.MustRegister(r.metrics.steps, r.metrics.requests, r.metrics.syncs, r.metrics.large, gauges{r})
	for _, c := range r.metrics.events {
		to.MustRegister(c)
	}
	for i, c := range r.metrics.faults {
		if k := fault.Kind(i); k != fault.OK && k != fault.NoJournal {
			to.MustRegister(c)
		}
	}
}

func (m *metrics) countFaults(counts *[faultKinds]uint32) {
	for i, n := range counts {
		if n > 0 {
			m.faults[i].Add(float64(n))
		}
	}
}

func descOf(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	serverState = descOf("server_state", "0 = away, 1 = behind, 2 = in sync.", "server")
	serverOwed  = descOf("server_owed_entries", "Entries owed to the server.", "server")
	serverDirty = descOf("server_dirty_partitions", "Partitions of the server that are dirty.", "server")
	serverKeys  = descOf("server_keys", "Live keys of the server as of its last heartbeat.", "server")
	converged   = descOf("is_converged", "1 = nothing owed and all copies equal.")
	tableOwed   = descOf("table_owed_entries", "Entries owed to any server.")
	tableShrunk = descOf("table_shrunk_entries", "Entries whose record is on the disk of a server alone: the journal has let go of its value.")
	tableBytes  = descOf("table_bytes", "Memory that owed entries take.")
	tableBuffer = descOf("table_buffered_entries", "Entries that no server has confirmed.")
	clients     = descOf("clients", "Client connections.")
	clientBytes = descOf("client_request_bytes", "Bytes received from clients and not answered.")
	answerBytes = descOf("client_answer_bytes", "Bytes that clients asked for and have not taken.")
	opened      = descOf("client_connections_total", "Client connections taken in, since the start or CONFIG RESETSTAT.")
	rejected    = descOf("client_rejections_total", "Client connections refused, likewise.")
	commands    = descOf("commands_total", "Commands of clients, likewise.")
	bytesIn     = descOf("client_input_bytes_total", "Bytes received from clients, likewise.")
	bytesOut    = descOf("client_output_bytes_total", "Bytes sent to clients, likewise.")
	failedNow   = descOf("journal_failed", "1 = the journal failed and is not open again yet: writes are refused.")
	tableDirty  = descOf("table_dirty_marks", "Dirty marks, one a server and partition.")
)

// gauges asks the core for its state when it is scraped.
type gauges struct{ r *Router }

func (gauges) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		serverState, serverOwed, serverDirty, serverKeys, converged, tableOwed, tableBuffer, tableShrunk, tableBytes, tableDirty,
		failedNow, clients, clientBytes, answerBytes, opened, rejected, commands, bytesIn, bytesOut,
	} {
		to <- d
	}
}

func (g gauges) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), queryTimeout)
	defer cancel()
	failed := 0.0
	if g.r.broken() != nil {
		failed = 1
	}
	give(to, failedNow, prometheus.GaugeValue, failed)
	// Not serving, there is nothing to show but zeros that mean nothing.
	if servers, err := g.r.Servers(ctx); err == nil {
		giveServers(to, servers)
	}
	if c, err := g.r.Convergence(ctx); err == nil {
		giveConvergence(to, &c)
	}
	if port := g.r.clients.Load(); port != nil {
		giveClients(to, port.Stats())
	}
}

func give(to chan<- prometheus.Metric, d *prometheus.Desc, kind prometheus.ValueType, value float64, labels ...string) {
	to <- prometheus.MustNewConstMetric(d, kind, value, labels...)
}

func giveServers(to chan<- prometheus.Metric, servers []coord.ServerStatus) {
	for i := range servers {
		s := &servers[i]
		label := strconv.Itoa(int(s.Number))
		give(to, serverState, prometheus.GaugeValue, float64(s.State), label)
		give(to, serverOwed, prometheus.GaugeValue, float64(s.Owed), label)
		give(to, serverDirty, prometheus.GaugeValue, float64(s.Dirty), label)
		if s.State != coord.Away {
			give(to, serverKeys, prometheus.GaugeValue, float64(s.Keys), label)
		}
	}
}

func giveConvergence(to chan<- prometheus.Metric, c *coord.Convergence) {
	one := 0.0
	if c.Converged {
		one = 1
	}
	give(to, converged, prometheus.GaugeValue, one)
	give(to, tableOwed, prometheus.GaugeValue, float64(c.Owed))
	give(to, tableBuffer, prometheus.GaugeValue, float64(c.Buffered))
	give(to, tableShrunk, prometheus.GaugeValue, float64(c.Shrunk))
	give(to, tableBytes, prometheus.GaugeValue, float64(c.Table))
	give(to, tableDirty, prometheus.GaugeValue, float64(c.Dirty))
}

func giveClients(to chan<- prometheus.Metric, s respserver.Stats) {
	give(to, clients, prometheus.GaugeValue, float64(s.Clients))
	give(to, clientBytes, prometheus.GaugeValue, float64(s.RequestBytes))
	give(to, answerBytes, prometheus.GaugeValue, float64(s.AnswerBytes))
	give(to, opened, prometheus.CounterValue, float64(s.Opened))
	give(to, rejected, prometheus.CounterValue, float64(s.Rejected))
	give(to, commands, prometheus.CounterValue, float64(s.Commands))
	give(to, bytesIn, prometheus.CounterValue, float64(s.BytesIn))
	give(to, bytesOut, prometheus.CounterValue, float64(s.BytesOut))
}
