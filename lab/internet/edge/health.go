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
	probeLife      = 10 * time.Minute // an origin that nobody repairs, or whose record is gone, is forgotten
)

// health remembers origins that could not be reached. Each is tried again in the background, so that no visitor has to
// wait for one that is known to be away.
type health struct {
	lock sync.Mutex
	dead map[string]time.Time // since when, by address and port
}

func newHealth() *health {
	return &health{dead: map[string]time.Time{}}
}

// fell notes that an origin can't be reached.
func (h *health) fell(origin string, cause error) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if _, known := h.dead[origin]; known {
		return
	}
	log.Printf("%s is away: %v", origin, cause)
	h.dead[origin] = time.Now()
	go h.probe(origin)
}

// rose notes that an origin has answered.
func (h *health) rose(origin string) {
	h.lock.Lock()
	defer h.lock.Unlock()
	if since, known := h.dead[origin]; known {
		log.Printf("%s is back after %s", origin, time.Since(since).Round(time.Second))
		delete(h.dead, origin)
	}
}

// isDead tells whether an origin is away, as far as is known.
func (h *health) isDead(origin string) bool {
	h.lock.Lock()
	defer h.lock.Unlock()
	_, dead := h.dead[origin]
	return dead
}

// fellSince tells whether an origin has gone away after that moment.
func (h *health) fellSince(origin string, moment time.Time) bool {
	h.lock.Lock()
	defer h.lock.Unlock()
	since, dead := h.dead[origin]
	return dead && since.After(moment)
}

func (h *health) probe(origin string) {
	for begin := time.Now(); time.Since(begin) < probeLife && h.isDead(origin); {
		time.Sleep(probePause)
		limit, cancel := context.WithTimeout(context.Background(), connectTimeout)
		connection, err := (&net.Dialer{}).DialContext(limit, "tcp", origin)
		cancel()
		if err == nil {
			_ = connection.Close()
			h.rose(origin)
			return
		}
	}
	h.lock.Lock()
	defer h.lock.Unlock()
	delete(h.dead, origin)
}
