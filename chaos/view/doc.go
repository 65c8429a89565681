// Package view owns the reading of what a running store says of itself: the replies of its DS commands, its metrics.
package view
