// Package ring owns placement: which servers hold the copies of a partition.
package ring
