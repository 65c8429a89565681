package ops

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// checkTimeout is below the interval at which containers are checked (1 s) with room for the program's start.
const checkTimeout = 800 * time.Millisecond

// Check asks the program that listens on the ops address (as in its settings: ":8400" means this
// host) whether it is healthy. It needs no shell and no other program: an image's HEALTHCHECK runs it.
func Check(addr string) error {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	url := "http://" + local(addr) + "/healthz"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return err
	}
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	const longest = 4 << 10
	body, _ := io.ReadAll(io.LimitReader(response.Body, longest))
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", response.Status, strings.TrimSpace(string(body)))
	}
	return nil
}

// local is an address to dial for one that is listened on.
func local(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	return net.JoinHostPort(host, port)
}
