package ops

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/pprof"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Probe is what a program says of itself. Its methods are called by any goroutine, at any time
// after New, also before the program started.
type Probe interface {
	// Healthy is nil when the volume is open and usable, else the reason. An unhealthy program is to be restarted
	// or needs its operator.
	Healthy() error
	// Ready is nil when the program does its work, else the reason.
	Ready() error
}

// Server is the operators' port.
type Server struct {
	http   http.Server
	addr   string
	listen net.Listener
	ended  chan struct{}
}

// readTimeout bounds how long a client may take to send a request.
const readTimeout = 10 * time.Second

// New is a server for the address, for example ":8400", that is not listening yet.
func New(addr string, probe Probe, metrics prometheus.Gatherer) *Server {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", answer(probe.Healthy))
	mux.HandleFunc("GET /readyz", answer(probe.Ready))
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("/debug/pprof/", pprof.Index)
	mux.HandleFunc("/debug/pprof/cmdline", pprof.Cmdline)
	mux.HandleFunc("/debug/pprof/profile", pprof.Profile)
	mux.HandleFunc("/debug/pprof/symbol", pprof.Symbol)
	mux.HandleFunc("/debug/pprof/trace", pprof.Trace)
	return &Server{
		http:  http.Server{Handler: mux, ReadHeaderTimeout: readTimeout},
		addr:  addr,
		ended: make(chan struct{}),
	}
}

// answer is 200 "ok", or 503 with the reason.
func answer(check func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		if err := check(); err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
			fmt.Fprintln(w, err)
			return
		}
		fmt.Fprintln(w, "ok")
	}
}

// Start listens. An error is the operator's.
func (s *Server) Start() error {
	l, err := net.Listen("tcp", s.addr)
	if err != nil {
		return fmt.Errorf("the ops port can't be opened: %w; choose another --ops", err)
	}
	s.listen = l
	go func() {
		defer close(s.ended)
		_ = s.http.Serve(l) // ends with TurnOff
	}()
	return nil
}

// Addr is the address it listens on, with the port that the kernel gave.
func (s *Server) Addr() string { return s.listen.Addr().String() }

// TurnOff stops listening and waits for requests under way until ctx ends.
func (s *Server) TurnOff(ctx context.Context) {
	if s.listen == nil {
		return
	}
	if err := s.http.Shutdown(ctx); errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) {
		_ = s.http.Close()
	}
	<-s.ended
}
