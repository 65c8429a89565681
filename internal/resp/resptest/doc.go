// Package resptest owns a stand-in for the router behind a session: a map that answers requests at once.
package resptest
