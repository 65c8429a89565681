// Package ops owns the HTTP port for operators: health, readiness, metrics and profiles.
package ops
