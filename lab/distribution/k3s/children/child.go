// Package children runs the programs that k3s is made of, starts them again when they end, and ends them when the
// service stops. None of them outlives the service, but for containers.
package children

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

const (
	firstDelay  = 500 * time.Millisecond
	longestWait = 30 * time.Second
	stable      = time.Minute // a run as long as this one counts as a success
)

// Program is what to run.
type Program struct {
	Name        string
	Path        string
	Arguments   []string
	Environment []string // added to that of the service
	User        int      // user and group number; 0: root
	Secrets     []string // never to be seen in the log
	Ended       func()   // called each time that it has ended without being asked to
	// Base is how far down it is: 0 uses others, 1 is used by those, 2 is used by the ones of 1
	Base int
}

// Child is a program that is kept running.
type Child struct {
	program Program
	output  *output
	stopped chan struct{}
	cancel  context.CancelFunc

	mutex    sync.Mutex
	process  *os.Process
	failures int
	ending   bool
}

// run keeps the program going until the context ends.
func (c *Child) run(ctx context.Context) {
	defer close(c.stopped)
	delay := firstDelay
	for {
		started := time.Now()
		err := c.once(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(started) >= stable {
			delay = firstDelay
			c.setFailures(0)
		}
		c.setFailures(c.Failures() + 1)
		slog.Error(c.program.Name+" ended: it is started again", "cause", c.output.lastLine(), "result", fmt.Sprint(err),
			"in", delay)
		if c.program.Ended != nil {
			c.program.Ended()
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(delay):
		}
		delay = min(delay*2, longestWait)
	}
}

func (c *Child) once(ctx context.Context) error {
	reader, writer, err := os.Pipe()
	if err != nil {
		return err
	}
	defer reader.Close()
	command := exec.Command(c.program.Path, c.program.Arguments...)
	command.Args[0] = c.program.Path
	command.Env = append(environment(), c.program.Environment...)
	command.Stdout, command.Stderr = writer, writer
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if c.program.User != 0 {
		number := uint32(c.program.User)
		command.SysProcAttr.Credential = &syscall.Credential{Uid: number, Gid: number, NoSetGroups: false}
	}
	c.output.reset()
	err = c.start(ctx, command)
	writer.Close()
	if err != nil {
		c.output.remember(err.Error())
		return err
	}
	copied := make(chan struct{})
	go func() {
		defer close(copied)
		c.output.copy(reader)
	}()
	err = command.Wait()
	select { // the last lines; a grandchild may hold the pipe open
	case <-copied:
	case <-time.After(time.Second):
	}
	c.mutex.Lock()
	c.process = nil
	c.mutex.Unlock()
	return err
}

func (c *Child) start(ctx context.Context, command *exec.Cmd) error {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.ending || ctx.Err() != nil {
		return context.Canceled
	}
	if err := onStarterThread(command.Start); err != nil {
		return err
	}
	c.process = command.Process
	return nil
}

// Stop asks the program to end, and ends it when the context is over.
func (c *Child) Stop(ctx context.Context) {
	c.mutex.Lock()
	c.ending = true
	c.cancel()
	if c.process != nil {
		_ = c.process.Signal(syscall.SIGTERM)
	}
	c.mutex.Unlock()
	select {
	case <-c.stopped:
	case <-ctx.Done():
		c.mutex.Lock()
		if c.process != nil {
			slog.Warn(c.program.Name + " did not end in time: killed")
			_ = c.process.Kill()
		}
		c.mutex.Unlock()
		<-c.stopped
	}
}

// Restart ends the running program; it is started again at once.
func (c *Child) Restart() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.process != nil {
		_ = c.process.Signal(syscall.SIGTERM)
	}
}

// Failures counts the runs that ended early, one after the other.
func (c *Child) Failures() int {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.failures
}

func (c *Child) setFailures(n int) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.failures = n
}

// environment is the service's, without the door to systemd: only the service itself says that it is ready.
func environment() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return strings.HasPrefix(variable, "NOTIFY_SOCKET=")
	})
}
