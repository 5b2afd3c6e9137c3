package children

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"
)

// Group holds the children of a service. The zero value is ready.
type Group struct {
	mutex    sync.Mutex
	children []*Child
}

const (
	probeEvery = 250 * time.Millisecond
	bases      = 3
	patience   = 7 // early ends of one program before the service gives up on its start
)

// Start runs a program from now on.
func (g *Group) Start(ctx context.Context, program Program) *Child {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx)) // Stop ends it, in order; not the service's context
	child := &Child{
		program: program,
		output:  newOutput(program.Name, program.Secrets),
		stopped: make(chan struct{}),
		cancel:  cancel,
	}
	g.mutex.Lock()
	g.children = append(g.children, child)
	g.mutex.Unlock()
	go child.run(ctx)
	return child
}

// Stop ends all children: first those that use others, then those that are used (see Program.Base). Each of the three
// steps has a third of the given time; what runs longer is killed.
func (g *Group) Stop(limit time.Duration) {
	g.mutex.Lock()
	all := slices.Clone(g.children)
	g.mutex.Unlock()
	for base := range bases {
		ctx, cancel := context.WithTimeout(context.Background(), limit/bases)
		var ending sync.WaitGroup
		for _, child := range all {
			if child.program.Base == base {
				ending.Go(func() { child.Stop(ctx) })
			}
		}
		ending.Wait()
		cancel()
	}
}

// WaitReady waits until the probe succeeds. It gives up, with the program's name and its own last words, when the
// program ends again and again; and when the context is over, with the probe's last error.
func (c *Child) WaitReady(ctx context.Context, probe func(context.Context) error) error {
	for {
		err := probe(ctx)
		if err == nil {
			return nil
		}
		if c.Failures() >= patience {
			return fmt.Errorf("%s can't start: %s", c.program.Name, c.output.lastLine())
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s is not ready: %w; its last line: %s", c.program.Name, err, c.output.lastLine())
		case <-time.After(probeEvery):
		}
	}
}

var (
	starter     = make(chan func())
	startThread sync.Once
)

// onStarterThread runs f on a thread that lives as long as the service: the kernel sends a child its parent-death
// signal when the thread ends that started it.
func onStarterThread(f func() error) error {
	startThread.Do(func() {
		go func() {
			runtime.LockOSThread()
			for f := range starter {
				f()
			}
		}()
	})
	result := make(chan error)
	starter <- func() { result <- f() }
	return <-result
}
