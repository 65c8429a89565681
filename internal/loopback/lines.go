package loopback

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
)

const (
	keepLines   = 4000
	longestLine = 1 << 20
)

// lines are the last lines that a program wrote, over all its lives.
type lines struct {
	mu struct {
		sync.Mutex
		all     []string
		dropped int           // before all
		changed chan struct{} // closed by the next line
	}
}

func newLines() *lines {
	l := new(lines)
	l.mu.changed = make(chan struct{})
	return l
}

// read takes what a program writes to its end.
func (l *lines) read(r io.Reader) {
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, longestLine)
	for scan.Scan() {
		l.add(scan.Text())
	}
}

func (l *lines) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.mu.all = append(l.mu.all, line)
	if len(l.mu.all) > 2*keepLines {
		l.mu.dropped += keepLines
		l.mu.all = append([]string(nil), l.mu.all[keepLines:]...)
	}
	close(l.mu.changed)
	l.mu.changed = make(chan struct{})
}

// mark is the number of lines so far.
func (l *lines) mark() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.mu.dropped + len(l.mu.all)
}

// errOver tells that the program ended without saying it.
var errOver = errors.New("it has ended")

// find waits for a line behind the mark that holds the text, until over is closed.
func (l *lines) find(ctx context.Context, mark int, text string, over <-chan struct{}) (string, error) {
	for last := false; ; {
		line, changed := l.look(mark, text)
		if line != "" {
			return line, nil
		}
		if last {
			return "", errOver
		}
		select {
		case <-changed:
		case <-over:
			last = true
		case <-ctx.Done():
			return "", ctx.Err()
		}
	}
}

func (l *lines) look(mark int, text string) (string, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, line := range l.mu.all[max(0, min(mark-l.mu.dropped, len(l.mu.all))):] {
		if strings.Contains(line, text) {
			return line, nil
		}
	}
	return "", l.mu.changed
}

// tail is the last lines.
func (l *lines) tail(n int) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.mu.all[max(0, len(l.mu.all)-n):], "\n")
}
