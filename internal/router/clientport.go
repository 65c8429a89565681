package router

import (
	"context"
	"net"
)

type noClients struct{}

func (noClients) Start() error            { return nil }
func (noClients) Addr() net.Addr          { return &net.TCPAddr{} }
func (noClients) TurnOff(context.Context) {}

func (r *Router) newClientPort() clientPort { return noClients{} }
