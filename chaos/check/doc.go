// Package check owns the verdict on a history: whether the store kept its promises.
//
// It shares no code with the store. The rules:
//
//	NOLOSS  every acknowledged write is in the final state of every copy, unless a newer
//	        write to that key exists, acknowledged or of unknown outcome
//	FRESH   each key is a linearizable register
//	NOGHOST nothing is read that nobody wrote, or that the writer was told was not written
//	CONV    every copy of a key is the same, nothing is owed, nothing is buffered
//	LIVE    keys whose servers are all well are answered in time, whatever is done to others
package check
