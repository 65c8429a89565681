package campaign

import (
	"fmt"
	"slices"
	"strings"
)

// row is a line of the table of faults in docs/testing.md.
type row string

// The faults that the store must survive and that can be simulated.
const (
	rowKill      row = "kill -9 of one server in the middle of a write, restart; each in turn; all at once"
	rowBuffer    row = "all servers of a key away while writing (buffer), back in any order"
	rowRouter    row = "router kill -9 with a non-empty table and buffer; router and servers together; everything down and up"
	rowPower     row = "power loss: everything not synced is gone, at every sync"
	rowWiped     row = "wiped volume, same number; volume of another number; old volume restored from a backup"
	rowPause     row = "pause for less and for much more than every timeout, then resume"
	rowPartition row = "partition between router and server, one-way loss, flapping link, links clogged one by one and restored in random order"
	rowSlow      row = "slow server: latency, bandwidth of a few KB/s, half-open, reset in the middle of a reply"
	rowFrames    row = "frames lost, duplicated, reordered, delayed by minutes, corrupted"
	rowDisk      row = "disk full then freed; sync error (never retried as if durable); 10 s stall; read error"
	rowTorn      row = "torn last record; flipped bits on one copy, and in different places on every copy; truncated or missing files"
	rowClocks    row = "clock jumps forward, backward, strobes; hours or years ahead; restart behind the last version issued"
	rowDelete    row = "flush while copies are away; expiry racing every fault above"
	rowJournal   row = "the router's journal lost, or an older copy of it restored"
	rowTwins     row = "a paused router resumes beside its replacement"
	rowClients   row = "clients: vanish in the middle of a command, deep pipelines"
)

var rows = []row{
	rowKill, rowBuffer, rowRouter, rowPower, rowWiped, rowPause, rowPartition, rowSlow, rowFrames, rowDisk, rowTorn, rowClocks,
	rowJournal, rowTwins, rowDelete, rowClients,
}

// tables is where each kind of mishap is defined.
var tables = []struct {
	file  string
	whose string
	list  *[]mishap
}{
	{"faults_server.go", "server", &serverFaults}, {"faults_server.go", "server that is down", &damages},
	{"faults_router.go", "router", &routerFaults}, {"faults_volume.go", "router", &volumeFaults},
	{"faults_network.go", "link", &networkFaults},
	{"faults_clock.go", "clock", &clockFaults}, {"faults_client.go", "client", &clientFaults},
	{"stories.go", "story", &stories},
}

// Covered tells what injects each fault: a line of Markdown a fault.
func Covered() (lines []string, missing []string) {
	lines = []string{"| fault | injected by (`internal/sim/campaign/faults_*.go`) |", "|---|---|"}
	for _, w := range rows {
		var by []string
		for _, t := range tables {
			for _, m := range *t.list {
				if slices.Contains(m.rows, w) {
					by = append(by, fmt.Sprintf("%s: %s", t.whose, m.name))
				}
			}
		}
		if len(by) == 0 {
			missing = append(missing, string(w))
		}
		lines = append(lines, fmt.Sprintf("| %s | %s |", w, strings.Join(by, "; ")))
	}
	return lines, missing
}
