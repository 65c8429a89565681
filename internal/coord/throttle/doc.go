// Package throttle owns how many keys may be under repair at a time.
package throttle
