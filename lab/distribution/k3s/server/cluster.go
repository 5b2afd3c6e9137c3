package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"tailnet-k3s/k3s/bootstrap"
	"tailnet-k3s/k3s/pki"
	"tailnet-k3s/k3s/token"
)

const (
	datastorePatience = 3 * time.Minute
	attemptPatience   = 20 * time.Second
	settleAgain       = 3 * time.Second
)

// readCluster gets what all servers have in common from the datastore, or puts it there, and settles the tokens.
func (s *server) readCluster(ctx context.Context) error {
	given, err := s.ownToken()
	if err != nil {
		return err
	}
	if s.Datastore, err = s.layout.KeepDatastoreFiles(s.Datastore); err != nil {
		return err
	}
	files, err := s.loadShared(ctx, given.Password)
	if err != nil {
		return err
	}
	if name, other := files.Conflict(s.layout.Present()); other {
		return fmt.Errorf("%s/%s is another cluster's: this host was a server of a cluster that is not in this datastore; "+
			"remove %s to join this one", s.layout.TLS(), name, s.layout.TLS())
	}
	if s.authorities, err = s.layout.Keep(files); err != nil {
		return err
	}
	if err := given.Verify(s.authorities.Server.Certificate); err != nil {
		return fmt.Errorf("token: %w", err)
	}
	s.Token = given.Password
	return s.writeTokens()
}

// ownToken is the configured one, else the one of an earlier start, else a new one.
func (s *server) ownToken() (token.Token, error) {
	text := s.Token
	if text == "" {
		kept, err := os.ReadFile(s.layout.Server() + "/token")
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return token.Token{}, err
		}
		text = string(kept)
	}
	if text == "" {
		text = token.Random()
	}
	parsed, err := token.Parse(text, "server")
	if err != nil {
		return parsed, fmt.Errorf("token: %w", err)
	}
	if parsed.User != "server" {
		return parsed, errors.New("token: is one for agents; a server needs the server token")
	}
	return parsed, nil
}

// loadShared starts what speaks to the datastore, and waits for it.
func (s *server) loadShared(ctx context.Context, password string) (bootstrap.Files, error) {
	endpoints, caFile, certFile, keyFile := s.Datastore.Etcd(), "", "", ""
	if endpoints == nil {
		program := s.layout.Kine(s.Datastore)
		program.Secrets = append(program.Secrets, password)
		s.kine = s.group.Start(ctx, program)
		endpoints = []string{"unix://" + s.layout.KineSocket()}
	} else {
		caFile, certFile, keyFile = s.Datastore.CAFile, s.Datastore.CertFile, s.Datastore.KeyFile
	}
	store, err := bootstrap.Dial(endpoints, caFile, certFile, keyFile)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	var files bootstrap.Files
	var final error
	attempt := func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, attemptPatience)
		defer cancel()
		files, err = bootstrap.Load(ctx, store, password, s.layout.Offer)
		if errors.Is(err, bootstrap.ErrOtherToken) {
			final = err // waiting doesn't mend it
			return nil
		}
		if err == nil && s.kine != nil {
			err = s.settle(ctx, store)
		}
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, datastorePatience)
	defer cancel()
	slog.Info("waiting for the datastore")
	if s.kine != nil {
		err = s.kine.WaitReady(waiting, attempt)
	} else {
		err = waitStore(waiting, attempt)
	}
	return files, errors.Join(err, final)
}

// settle waits until the watches of kine follow its database, by a key of this server's own.
func (s *server) settle(ctx context.Context, store *bootstrap.Etcd) error {
	return store.Settle(ctx, "/k3s-started/"+s.Name)
}

// keepSettled has the watches of kine follow its database while the API server starts: other servers may write at any
// moment of that, and an API server that then waits for a fresh view writes nothing itself that would bring one.
func (s *server) keepSettled(ctx context.Context) {
	store, err := bootstrap.Dial([]string{"unix://" + s.layout.KineSocket()}, "", "", "")
	if err != nil {
		slog.Warn("can't look after the datastore's watches", "error", err)
		return
	}
	defer store.Close()
	for {
		attempt, cancel := context.WithTimeout(ctx, attemptPatience)
		_ = s.settle(attempt, store) // what fails is tried again
		cancel()
		select {
		case <-ctx.Done():
			return
		case <-time.After(settleAgain):
		}
	}
}

func waitStore(ctx context.Context, attempt func(context.Context) error) error {
	for {
		err := attempt(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("etcd is not ready: %w", err)
		case <-time.After(time.Second):
		}
	}
}

// writeTokens keeps the tokens in the form by which others can join. node-token is the one that documents name.
func (s *server) writeTokens() error {
	agents := s.AgentToken
	if agents != "" {
		parsed, err := token.Parse(agents, "node")
		if err != nil {
			return fmt.Errorf("agent-token: %w", err)
		}
		agents = parsed.Password
	}
	s.agents = agents
	folder := pki.Folder{Path: s.layout.Server()}
	full := token.Format(s.authorities.Server.Certificate, "server", s.Token) + "\n"
	forAgents := full
	if agents != "" {
		forAgents = token.Format(s.authorities.Server.Certificate, "node", agents) + "\n"
	}
	for name, content := range map[string]string{"token": full, "node-token": full, "agent-token": forAgents} {
		if err := folder.Write(name, []byte(content), 0o600); err != nil {
			return err
		}
	}
	return nil
}
