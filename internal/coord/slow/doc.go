// Package slow owns the judgement whether a server keeps up with its deadlines.
package slow
