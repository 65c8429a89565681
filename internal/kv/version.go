package kv

import (
	"encoding/binary"
	"fmt"
	"strconv"
	"strings"
)

// Version is a hybrid logical clock reading and the router that stamped it.
//
// Invariants, kept by internal/hlc: a router never stamps the same Time twice, and what
// it stamps is above everything it has seen.
type Version struct {
	// Time is 48 bits of milliseconds since the Unix epoch above a 16-bit counter,
	// which carries into the milliseconds.
	Time uint64
	// Router is the id of the router that stamped the version.
	Router uint16
}

// VersionSize is the length of an encoded version in bytes.
const VersionSize = 10

// IsZero tells that no write was ever stamped with v.
func (v Version) IsZero() bool { return v == Version{} }

// Compare orders versions by time, then by router.
func (v Version) Compare(w Version) int {
	switch {
	case v.Time != w.Time:
		if v.Time < w.Time {
			return -1
		}
		return 1
	case v.Router != w.Router:
		if v.Router < w.Router {
			return -1
		}
		return 1
	}
	return 0
}

// Less tells that v is older than w.
func (v Version) Less(w Version) bool { return v.Compare(w) < 0 }

// Millis is the wall clock part in Unix milliseconds.
func (v Version) Millis() int64 { return int64(v.Time >> 16) }

// String is the form of DS WHY: ms.counter.router.
func (v Version) String() string {
	return strconv.FormatUint(v.Time>>16, 10) + "." + strconv.FormatUint(v.Time&0xffff, 10) +
		"." + strconv.FormatUint(uint64(v.Router), 10)
}

// ParseVersion reads the form that String writes.
func ParseVersion(s string) (Version, error) {
	parts := strings.Split(s, ".")
	if len(parts) != 3 {
		return Version{}, fmt.Errorf("version %q is not ms.counter.router", s)
	}
	ms, err1 := strconv.ParseUint(parts[0], 10, 48)
	counter, err2 := strconv.ParseUint(parts[1], 10, 16)
	router, err3 := strconv.ParseUint(parts[2], 10, 16)
	if err1 != nil || err2 != nil || err3 != nil {
		return Version{}, fmt.Errorf("version %q is not ms.counter.router", s)
	}
	return Version{Time: ms<<16 | counter, Router: uint16(router)}, nil
}

// Append encodes v in ten bytes: time, then router, little-endian.
func (v Version) Append(dst []byte) []byte {
	dst = binary.LittleEndian.AppendUint64(dst, v.Time)
	return binary.LittleEndian.AppendUint16(dst, v.Router)
}

// DecodeVersion reads what Append wrote; src holds at least VersionSize bytes.
func DecodeVersion(src []byte) Version {
	return Version{Time: binary.LittleEndian.Uint64(src), Router: binary.LittleEndian.Uint16(src[8:])}
}
