// Package respserver owns the client port: the sockets of Redis clients, with what they may cost.
package respserver
