package router

import (
	"github.com/distributedstorage/ds/internal/coord"
	"github.com/distributedstorage/ds/internal/respserver"
)

var _ respserver.Engine = (*Router)(nil)

// client is a client's connection.
type client struct {
	id      coord.ConnID
	replies respserver.Replies
	turn    uint64 // the last that replied to it; under the lock
}

// Attach implements respserver.Engine.
func (r *Router) Attach(to respserver.Replies) coord.ConnID {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.mu.lastConn++
	r.mu.clients[r.mu.lastConn] = &client{id: r.mu.lastConn, replies: to}
	return r.mu.lastConn
}

// Detach implements respserver.Engine.
func (r *Router) Detach(conn coord.ConnID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.mu.clients, conn)
}
