package config

import (
	"fmt"
	"math"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Each method reads one setting and notes what is wrong with it.

func (f *faults) number(setting, text string, low, high int) int {
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high {
		f.add(setting, "%q is not a whole number from %d to %d", text, low, high)
		return low
	}
	return n
}

// servers reads a list of server numbers: one bit each.
func (f *faults) servers(setting, text string, count int) (set uint64) {
	for part := range strings.SplitSeq(text, ",") {
		if part = strings.TrimSpace(part); part == "" {
			continue
		}
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 || n >= count {
			f.add(setting, "%q is not a list of servers from 0 to %d, such as 1,2", text, count-1)
			return 0
		}
		set |= 1 << n
	}
	return set
}

func (f *faults) duration(setting, text string, low, high time.Duration) time.Duration {
	d, err := time.ParseDuration(text)
	if err != nil || d < low || d > high {
		f.add(setting, "%q is not a time from %s to %s, such as 500ms", text, low, high)
		return low
	}
	return d
}

func (f *faults) size(setting, text string, low, high int64) int64 {
	n, err := parseSize(text)
	if err != nil || n < low || n > high {
		f.add(setting, "%q is not a size from %s to %s, such as 4MiB", text, formatSize(low), formatSize(high))
		return low
	}
	return n
}

func (f *faults) choice(setting, text string, choices ...string) string {
	if !slices.Contains(choices, text) {
		f.add(setting, "%q is unknown: use %s", text, strings.Join(choices, ", "))
	}
	return text
}

// listen reads an address to listen on; port 0 lets the kernel choose.
func (f *faults) listen(setting, text string) string {
	if _, err := splitAddress(text); err != nil {
		f.add(setting, "%q is not an address such as :6379 or 127.0.0.1:6379: %v", text, err)
	}
	return text
}

// dial reads an address to connect to.
func (f *faults) dial(setting, text string) string {
	if text == "" {
		f.add(setting, "is missing: give the router's host and port for servers, such as router:7400")
		return text
	}
	host, _, _ := net.SplitHostPort(text)
	if port, err := splitAddress(text); err != nil || host == "" || port == 0 {
		f.add(setting, "%q is not a host and port such as router:7400", text)
	}
	return text
}

func splitAddress(text string) (port int, err error) {
	host, portText, err := net.SplitHostPort(text)
	if err != nil {
		return 0, err
	}
	if strings.ContainsAny(host, " /") {
		return 0, fmt.Errorf("%q is not a host", host)
	}
	port, err = strconv.Atoi(portText)
	if err != nil || port < 0 || port > math.MaxUint16 {
		return 0, fmt.Errorf("port %q is not 0 … %d", portText, math.MaxUint16)
	}
	return port, nil
}

// different notes settings that name the same port of the same host.
func (f *faults) different(addresses map[string]string) {
	seen := map[string]string{}
	for _, setting := range sortedKeys(addresses) {
		port, err := splitAddress(addresses[setting])
		if err != nil || port == 0 {
			continue
		}
		key := addresses[setting]
		if other, ok := seen[key]; ok {
			f.add(setting, "%s is also the address of --%s: give each its own", key, other)
		}
		seen[key] = setting
	}
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// folder reads a folder that must be writable; it is made if it is absent.
func (f *faults) folder(setting, path string) string {
	if path == "" {
		f.add(setting, "is empty: give a folder")
		return path
	}
	if err := os.MkdirAll(path, 0o755); err != nil {
		f.add(setting, "%q can't be made: %v; give a folder that this user (uid %d) may write", path, err, os.Getuid())
		return path
	}
	probe, err := os.CreateTemp(path, ".writable-")
	if err != nil {
		f.add(setting, "%q can't be written: %v; give a folder that this user (uid %d) may write", path, err, os.Getuid())
		return path
	}
	probe.Close()
	os.Remove(probe.Name())
	return filepath.Clean(path)
}

var units = []struct {
	suffix string
	factor int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// parseSize reads a number of bytes with a unit of 1024, or none.
func parseSize(text string) (int64, error) {
	for _, u := range units {
		if digits, ok := strings.CutSuffix(text, u.suffix); ok {
			n, err := strconv.ParseInt(digits, 10, 64)
			if err == nil && n > math.MaxInt64/u.factor {
				err = strconv.ErrRange
			}
			return n * u.factor, err
		}
	}
	return strconv.ParseInt(text, 10, 64)
}

func formatSize(n int64) string {
	for _, u := range units {
		if n >= u.factor && n%u.factor == 0 {
			return strconv.FormatInt(n/u.factor, 10) + u.suffix
		}
	}
	return strconv.FormatInt(n, 10) + "B"
}
