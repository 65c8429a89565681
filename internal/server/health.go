package server

import (
	"errors"
	"fmt"

	"go.uber.org/zap"
)

var (
	errNotOpen   = errors.New("the volume is not open")
	errNoSession = errors.New("no session with the router yet")
)

// VolumeOpen tells that the volume is open and has not failed.
func (s *Server) VolumeOpen() bool {
	select {
	case <-s.failed:
		return false
	default:
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.open
}

// HasSession tells that the server has a session with the router.
func (s *Server) HasSession() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.session
}

// Refused is nil, or why there can be no session until somebody changes something, with what to do.
func (s *Server) Refused() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mu.refused
}

// Healthy implements ops.Probe: the volume is open and takes writes, and nobody refuses it.
func (s *Server) Healthy() error {
	select {
	case <-s.failed:
		return s.failure
	default:
	}
	if !s.VolumeOpen() {
		return errNotOpen
	}
	return s.Refused()
}

// Ready implements ops.Probe: there is a session.
func (s *Server) Ready() error {
	if err := s.Healthy(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.mu.session:
		return nil
	case s.mu.trouble != nil:
		return fmt.Errorf("no session with the router: %w", s.mu.trouble)
	}
	return errNoSession
}

// refuse notes why there is no session, and says it once.
func (s *Server) refuse(err error) {
	s.mu.Lock()
	known := s.mu.refused != nil && s.mu.refused.Error() == err.Error()
	s.mu.refused = err
	s.mu.Unlock()
	if !known {
		s.log.Error("no session until this is mended", zap.Error(err))
	}
}

// stands notes that a session came about.
func (s *Server) stands() {
	s.mu.Lock()
	s.mu.session, s.mu.refused, s.mu.trouble = true, nil, nil
	s.mu.Unlock()
	s.metrics.session.Set(1)
	s.metrics.sessions.Inc()
}

// ends notes how a link ended, or that none came about, and says it once.
func (s *Server) ends(err error) {
	s.mu.Lock()
	had := s.mu.session
	known := s.mu.trouble != nil && s.mu.trouble.Error() == err.Error()
	s.mu.session, s.mu.trouble = false, err
	s.mu.Unlock()
	s.metrics.session.Set(0)
	switch {
	case had:
		s.log.Warn("session ended", zap.Error(err))
	case !known:
		s.log.Warn("no session yet", zap.Error(err))
	}
}
