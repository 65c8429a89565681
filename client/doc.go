// Package client owns the access of Go programs to a DistributedStorage.
//
// A Client speaks to one router, about one database. Its calls come in two styles, which mix:
//
//   - asynchronous: SendSet, SendGet, SendGetKeys return at once; answers wait in the client's local
//     store until Get and Keys take them out (Wait and WaitKeys wait for one, Settle for all);
//   - with a context: Set, Fetch, Delete, List return with the answer.
//
// The router executes what one Client sent in the order in which it was sent, whatever the style.
// Nothing is ever sent twice: a write whose answer was lost ends in ErrUnknown, and the program decides.
// A lost connection is opened again in the background; sends meanwhile get ErrNoRouter.
//
// Every error that this package returns is (errors.Is) Err, and one of the others beside.
package client
