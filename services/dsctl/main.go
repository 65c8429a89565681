// Command dsctl looks into a DistributedStorage, and runs a whole one in a folder.
package main

import "os"

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}
