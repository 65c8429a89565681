package stack

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"
)

// NewProxied names a project in which the link of server 2 goes through a proxy.
func NewProxied(ctx context.Context, dir, prefix string) (*Stack, error) {
	s, err := New(ctx, dir, prefix, "chaos/proxy/compose.yml")
	if err != nil {
		return nil, err
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s.Proxy = fmt.Sprintf("127.0.0.1:%d", port)
	s.env = append(s.env, fmt.Sprintf("DS_CHAOS_PROXY_PORT=%d", port))
	return s, nil
}

// BuildProxy makes the proxy's image from its Go module, in the same image as the programs.
func (s *Stack) BuildProxy(ctx context.Context) error {
	if _, err := docker(ctx, "image", "inspect", "ds-chaos-proxy:local"); err == nil {
		return nil
	}
	image := os.Getenv("GO_IMAGE")
	if image == "" {
		image = "golang:1.26-bookworm"
	}
	_, err := run(ctx, s.dir, os.Environ(), "docker", "build", "-t", "ds-chaos-proxy:local",
		"--build-arg", "GO_IMAGE="+image, "--build-arg", "GOPROXY="+os.Getenv("GOPROXY"), "chaos/proxy")
	return err
}

// OpenLink lets the proxy pass everything on; it waits for the proxy to be there.
func (s *Stack) OpenLink(ctx context.Context) error {
	link := map[string]any{"name": "link", "listen": "0.0.0.0:" + serversPort, "upstream": "router:" + serversPort, "enabled": true}
	var err error
	for range 300 {
		if err = s.control(ctx, http.MethodPost, "/proxies", link); err == nil || ctx.Err() != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(100 * time.Millisecond):
		}
	}
	return err
}

// Toxic is what the proxy does to one direction of the link.
type Toxic struct {
	Type       string         `json:"type"`
	Stream     string         `json:"stream"` // upstream: to the router
	Attributes map[string]int `json:"attributes"`
}

// Spoil adds toxics to the link.
func (s *Stack) Spoil(ctx context.Context, toxics ...Toxic) error {
	for _, t := range toxics {
		if err := s.control(ctx, http.MethodPost, "/proxies/link/toxics", t); err != nil {
			return err
		}
	}
	return nil
}

// Clear takes all toxics away.
func (s *Stack) Clear(ctx context.Context) error {
	return s.control(ctx, http.MethodPost, "/reset", nil)
}

func (s *Stack) control(ctx context.Context, method, path string, body any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, "http://"+s.Proxy+path, bytes.NewReader(text))
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		said, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return fmt.Errorf("the proxy refuses %s: %s %s", path, response.Status, said)
	}
	return nil
}
