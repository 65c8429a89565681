// Package ops owns the HTTP port for operators: health, readiness, metrics, profiles.
package ops
