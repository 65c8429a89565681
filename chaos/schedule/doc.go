// Package schedule owns the plan of a run: what is done to whom, all drawn from a seed.
package schedule
