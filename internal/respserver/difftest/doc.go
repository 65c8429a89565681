// Package difftest owns the comparison of a store with a real redis-server, reply for reply.
package difftest
