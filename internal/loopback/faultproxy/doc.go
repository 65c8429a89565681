// Package faultproxy owns the bad network of a test: a TCP proxy whose directions are broken while connections live.
package faultproxy
