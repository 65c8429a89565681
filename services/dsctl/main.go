// Command dsctl owns the view into a DistributedStorage from a terminal. It also runs a whole one in a folder.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}
