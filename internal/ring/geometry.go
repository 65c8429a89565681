package ring

import (
	"fmt"
	"iter"

	"github.com/distributedstorage/ds/internal/kv"
)

// Geometry is what every volume of a cluster must agree on. It is stored in each of them,
// the router's included; another setting is refused at start.
type Geometry struct {
	Servers     uint16 // number of servers
	Duplication uint8  // copies beside the home one
	Databases   uint16
	Partitions  uint16 // kv.Partitions
	Hash        uint8  // HashXXH3
}

// HashXXH3 is the only placement hash there is: XXH3-64 seeded with the database.
const HashXXH3 uint8 = 1

const (
	// MaxServers bounds the number of servers, so that a set of them is 64 bits.
	MaxServers = 64
	// MaxCopies bounds duplication+1, so that a set of copies is a byte with room to spare.
	MaxCopies = 5
	// MaxDatabases bounds the number of databases.
	MaxDatabases = 1024
)

// Server is the number of a server, 0 … number of servers-1.
type Server uint16

// New is the geometry of a cluster with today's partitions and hash.
func New(servers, duplication, databases int) Geometry {
	return Geometry{
		Servers: uint16(servers), Duplication: uint8(duplication), Databases: uint16(databases),
		Partitions: kv.Partitions, Hash: HashXXH3,
	}
}

// Validate reports every fault of the geometry.
func (g Geometry) Validate() []error {
	var faults []error
	if g.Servers < 1 || g.Servers > MaxServers {
		faults = append(faults, fmt.Errorf("number of servers is %d: set it to 1 … %d", g.Servers, MaxServers))
	}
	if g.Duplication+1 > MaxCopies {
		faults = append(faults, fmt.Errorf("duplication is %d: set it to 0 … %d", g.Duplication, MaxCopies-1))
	} else if int(g.Duplication) >= int(g.Servers) {
		faults = append(faults, fmt.Errorf("duplication is %d with %d servers: each copy needs a server of its own, set it below the number of servers", g.Duplication, g.Servers))
	}
	if g.Databases < 1 || g.Databases > MaxDatabases {
		faults = append(faults, fmt.Errorf("databases is %d: set it to 1 … %d", g.Databases, MaxDatabases))
	}
	return faults
}

// String is the geometry in words, for errors.
func (g Geometry) String() string {
	return fmt.Sprintf("%d servers, duplication %d, %d databases, %d partitions, hash %d",
		g.Servers, g.Duplication, g.Databases, g.Partitions, g.Hash)
}

// Copies is the number of servers that hold a partition.
func (g Geometry) Copies() int { return int(g.Duplication) + 1 }

// Home is the first server of a partition.
func (g Geometry) Home(p kv.Partition) Server { return Server(uint16(p) % g.Servers) }

// Server is the server that holds copy i (0 … Copies-1) of the partition.
func (g Geometry) Server(p kv.Partition, i int) Server {
	n := uint16(p)%g.Servers + uint16(i)
	if n >= g.Servers {
		n -= g.Servers
	}
	return Server(n)
}

// Copy is the index of the server among the partition's copies, or -1 if it holds none.
func (g Geometry) Copy(p kv.Partition, s Server) int {
	i := int(s) - int(uint16(p)%g.Servers)
	if i < 0 {
		i += int(g.Servers)
	}
	if i > int(g.Duplication) {
		return -1
	}
	return i
}

// Held is the partitions from first up to end of which the server holds a copy, each with the copy's index.
func (g Geometry) Held(s Server, first, end kv.Partition) iter.Seq2[kv.Partition, int] {
	return func(yield func(kv.Partition, int) bool) {
		i := (int(g.Servers) + int(s) - int(g.Home(first))) % int(g.Servers)
		for p := first; p < end; p++ {
			if i <= int(g.Duplication) && !yield(p, i) {
				return
			}
			if i--; i < 0 {
				i = int(g.Servers) - 1
			}
		}
	}
}
