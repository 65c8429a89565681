// Package brokendisk owns what a store promises while its router's disk is broken, told as tests.
package brokendisk
