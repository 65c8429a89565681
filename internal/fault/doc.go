// Package fault owns the kinds of expected errors that cross the wire to clients.
package fault
