package loopback

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// stopTimeout is above the 10 s that a program may take for an orderly stop.
const stopTimeout = 20 * time.Second

// Program is a router or a server, which lives and dies several times on the same folder.
type Program struct {
	Name   string
	Binary string
	Args   []string // without the folder
	Dir    string   // of the volume
	Env    []string // beside the environment of the test

	log   *lines
	mark  int // where the log of this life begins
	cmd   *exec.Cmd
	ended chan struct{} // closed when this life is over; err is set
	err   error
}

// Start begins a life.
func (p *Program) Start() error {
	if p.log == nil {
		p.log = newLines()
	}
	if p.Running() {
		return fmt.Errorf("%s runs already", p.Name)
	}
	p.cmd = exec.Command(p.Binary, append([]string{"--data", p.Dir}, p.Args...)...)
	p.cmd.Env = append(os.Environ(), p.Env...)
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	p.mark = p.log.mark()
	err = p.cmd.Start()
	w.Close()
	if err != nil {
		r.Close()
		return err
	}
	p.ended, p.err = make(chan struct{}), nil
	go p.attend(p.cmd, r, p.ended)
	return nil
}

func (p *Program) attend(cmd *exec.Cmd, r *os.File, ended chan struct{}) {
	p.log.read(r)
	r.Close()
	p.err = cmd.Wait()
	close(ended)
}

// Running tells that it is alive, be it frozen.
func (p *Program) Running() bool {
	if p.ended == nil {
		return false
	}
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// Ended is closed when this life is over.
func (p *Program) Ended() <-chan struct{} { return p.ended }

// Pid is the process of this life.
func (p *Program) Pid() int { return p.cmd.Process.Pid }

// Signal sends it one; with SIGSTOP it is frozen until SIGCONT.
func (p *Program) Signal(s syscall.Signal) error { return p.cmd.Process.Signal(s) }

// Kill is kill -9. Nothing happens to one that is dead.
func (p *Program) Kill() {
	if p.Running() {
		_ = p.Signal(syscall.SIGKILL)
		<-p.ended
	}
}

// Stop is an orderly stop: an error tells that it was none.
func (p *Program) Stop() error {
	if !p.Running() {
		return nil
	}
	if err := p.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-p.ended:
	case <-time.After(stopTimeout):
		p.Kill()
		return fmt.Errorf("%s did not stop within %v", p.Name, stopTimeout)
	}
	if p.err != nil {
		return fmt.Errorf("%s stopped with: %w", p.Name, p.err)
	}
	return nil
}

// Says waits for a line of this life's log that holds the text.
func (p *Program) Says(ctx context.Context, text string) (string, error) {
	line, err := p.log.find(ctx, p.mark, text, p.ended)
	if err != nil {
		return "", fmt.Errorf("%s has not said %q: %w; its last lines:\n%s", p.Name, text, err, p.log.tail(5))
	}
	return line, nil
}

// Tail is the last lines of its log.
func (p *Program) Tail(n int) string {
	if p.log == nil {
		return ""
	}
	return p.log.tail(n)
}
