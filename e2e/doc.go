// Package e2e owns the stories of the store on real containers.
//
// Every story has a router, servers, a network and volumes of its own, and removes just these. They need
// Docker: without it they are skipped, or fail where CI=true. `go test -short` leaves them out.
package e2e
