package payload

import (
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"strconv"
	"strings"
)

// ID names the n-th value that a client writes; no two writes of a run have the same.
func ID(client int32, n int) string { return fmt.Sprintf("w%d.%d", client, n) }

// Make is the value with this id, at least size bytes: id, checksum, padding that follows from the id.
func Make(id string, size int) string {
	var b strings.Builder
	b.Grow(size + 8)
	b.WriteString(id)
	b.WriteByte(':')
	rng := rand.New(rand.NewPCG(uint64(crc32.ChecksumIEEE([]byte(id))), 1))
	for b.Len() < size {
		b.WriteString(strconv.FormatUint(rng.Uint64(), 36))
	}
	return b.String() + fmt.Sprintf(":%08x", crc32.ChecksumIEEE([]byte(b.String())))
}

// Read gives the id of a value. One that is damaged, or that Make never made, is told apart from all ids.
func Read(value string) string {
	body, sum, ok := cutLast(value)
	if ok && fmt.Sprintf("%08x", crc32.ChecksumIEEE([]byte(body))) == sum {
		id, _, _ := strings.Cut(body, ":")
		return id
	}
	return fmt.Sprintf("damaged %d bytes %.24q", len(value), value)
}

func cutLast(value string) (body, sum string, ok bool) {
	i := strings.LastIndexByte(value, ':')
	if i < 0 {
		return "", "", false
	}
	return value[:i], value[i+1:], true
}
