// Package oracle owns the verdict on what clients were told.
//
// It knows the operations of clients and nothing of versions, copies or repairs: it shares no code with
// what it judges. A key's history must be that of one register (porcupine), in which the writes that one
// client pipelined take effect in the order in which it sent them, and its reads show those it sent before.
package oracle
