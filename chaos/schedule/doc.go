// Package schedule owns what is done to whom and when in a run; all of it follows from a seed.
package schedule
