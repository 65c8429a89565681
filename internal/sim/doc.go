// Package sim owns a deterministic world in which the real core meets the real replicas.
package sim
