package main

import (
	"context"
	"log"
	"net"
	"sync"
	"time"
)

const (
	connectTimeout = 1500 * time.Millisecond
	probePause     = time.Second
	probeLife      = 10 * time.Minute // after this time, probes end: the origin's record may be gone
)

// health remembers origins that could not be reached. It probes them in the background. So visitors do not wait for an
// origin that is known to be down.
type health struct {
	lock sync.Mutex
	down map[string]time.Time // since when, by address and port
}

func newHealth() *health {
	return &health{down: map[string]time.Time{}}
}

// markDown records that an origin can't be reached.
func (h *health) markDown(origin string, cause error) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if _, known := h.down[origin]; known {
		return
	}
	log.Printf("%s is down: %v", origin, cause)
	h.down[origin] = time.Now()
	go h.probe(origin)
}

// markUp records that an origin has answered.
func (h *health) markUp(origin string) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if since, known := h.down[origin]; known {
		log.Printf("%s is up again after %s", origin, time.Since(since).Round(time.Second))
		delete(h.down, origin)
	}
}

// isDown tells whether an origin is known to be down.
func (h *health) isDown(origin string) bool {
	h.lock.Lock()
	defer h.lock.Unlock()
	_, down := h.down[origin]
	return down
}

// downSince tells whether an origin has gone down after that moment.
func (h *health) downSince(origin string, moment time.Time) bool {
	h.lock.Lock()
	defer h.lock.Unlock()
	since, down := h.down[origin]
	return down && since.After(moment)
}

func (h *health) probe(origin string) {
	for begin := time.Now(); time.Since(begin) < probeLife && h.isDown(origin); {
		time.Sleep(probePause)
		limit, cancel := context.WithTimeout(context.Background(), connectTimeout)
		connection, err := (&net.Dialer{}).DialContext(limit, "tcp", origin)
		cancel()
		if err == nil {
			_ = connection.Close()
			h.markUp(origin)
			return
		}
	}
	h.lock.Lock()
	defer h.lock.Unlock()
	delete(h.down, origin)
}
