package view

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The router's counters that say whether healing took place.
const (
	EarlyCorrections = "ds_early_corrections_total"
	LateCorrections  = "ds_late_corrections_total"
	Buffered         = "ds_buffered_total"
	Owed             = "ds_owed_total"
	Wiped            = "ds_wiped_total"
	RolledBack       = "ds_rolled_back_total"
	Adopted          = "ds_adopted_total"
	Lost             = "ds_lost_total" // records that the store itself declares lost
)

// Metrics are the samples of a /metrics page by name, summed over their labels.
type Metrics map[string]float64

// AskMetrics reads http://address/metrics.
func AskMetrics(ctx context.Context, address string) (Metrics, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+address+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", request.URL, response.Status)
	}
	return ReadMetrics(response.Body)
}

// ReadMetrics reads Prometheus' text format.
func ReadMetrics(r io.Reader) (Metrics, error) {
	m := Metrics{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, ok := sample(lines.Text())
		if ok {
			m[name] += value
		}
	}
	return m, lines.Err()
}

// sample is the name without labels, and the value, of a line that has them.
func sample(line string) (name string, value float64, ok bool) {
	if line == "" || line[0] == '#' {
		return "", 0, false
	}
	name, rest := line, line
	if i := strings.IndexByte(line, '{'); i >= 0 {
		name, rest = line[:i], line[strings.LastIndexByte(line, '}')+1:]
	} else if i := strings.IndexByte(line, ' '); i >= 0 {
		name, rest = line[:i], line[i:]
	}
	parts := strings.Fields(rest)
	if len(parts) == 0 {
		return "", 0, false
	}
	value, err := strconv.ParseFloat(parts[0], 64)
	return name, value, err == nil
}
