package children

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// shell is a program of a few lines.
func shell(script string, secrets ...string) Program {
	return Program{Name: "child", Path: "/bin/sh", Arguments: []string{"-c", script}, Secrets: secrets}
}

func TestEndedProgramIsStartedAgain(t *testing.T) {
	var group Group
	defer group.Stop(3 * time.Second)
	mark := filepath.Join(t.TempDir(), "runs")
	child := group.Start(t.Context(), shell("echo run >> "+mark+"; test $(wc -l < "+mark+") -ge 2 && exec sleep 60"))
	err := child.WaitReady(within(t, 10*time.Second), func(context.Context) error {
		content, _ := os.ReadFile(mark)
		if strings.Count(string(content), "run") < 2 {
			return errors.New("it ran once")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

func TestStopIsPoliteAndThenNot(t *testing.T) {
	var group Group
	ready := filepath.Join(t.TempDir(), "ready")
	child := group.Start(t.Context(), shell("trap '' TERM; touch "+ready+"; while :; do sleep 0.1; done"))
	if err := child.WaitReady(within(t, 5*time.Second), exists(ready)); err != nil {
		t.Fatal(err)
	}
	started := time.Now()
	group.Stop(3 * 200 * time.Millisecond)
	if took := time.Since(started); took < 150*time.Millisecond || took > 3*time.Second {
		t.Errorf("a program that does not listen was ended after %s", took)
	}
}

func TestUsersOfOthersEndFirst(t *testing.T) {
	var group Group
	folder := t.TempDir()
	order := filepath.Join(folder, "order")
	for base, name := range []string{"user", "used"} {
		ready := filepath.Join(folder, name)
		program := shell("trap 'echo " + name + " >> " + order + "; exit' TERM; touch " + ready + "; while :; do sleep 0.05; done")
		program.Base = base
		if err := group.Start(t.Context(), program).WaitReady(within(t, 5*time.Second), exists(ready)); err != nil {
			t.Fatal(err)
		}
	}
	group.Stop(6 * time.Second)
	if content, _ := os.ReadFile(order); string(content) != "user\nused\n" {
		t.Errorf("they ended in the order %q", content)
	}
}

func TestProgramThatCantStartSaysWhy(t *testing.T) {
	var group Group
	defer group.Stop(time.Second)
	child := group.Start(t.Context(), Program{Name: "kine", Path: "/nonexistent/kine"})
	child.setFailures(patience)
	err := child.WaitReady(t.Context(), func(context.Context) error { return errors.New("no answer") })
	if err == nil || !strings.Contains(err.Error(), "kine can't start: ") {
		t.Errorf("it says %v", err)
	}
}

func TestOutputIsNamedAndHidesSecrets(t *testing.T) {
	var log bytes.Buffer
	lines := newOutput("kine", []string{"hunter2", ""})
	lines.to = &log
	lines.copy(strings.NewReader("connecting as kine:hunter2@tcp\n\x1b[31mFATA\x1b[0m no route\nusage: kine\n"))
	if got := log.String(); strings.Contains(got, "hunter2") || !strings.HasPrefix(got, "kine: connecting as kine:***@tcp\n") {
		t.Errorf("the log is %q", got)
	}
	if lines.lastLine() != "FATA no route" {
		t.Errorf("the telling line is %q", lines.lastLine())
	}
}

func TestNoiseIsLeftOut(t *testing.T) {
	var log bytes.Buffer
	lines := newOutput("kube-apiserver", nil)
	lines.to = &log
	lines.copy(strings.NewReader("W1 logging.go:55] [core] [Channel #5] grpc: addrConn.createTransport failed to connect\n"))
	if log.Len() > 0 {
		t.Errorf("the log is %q", log.String())
	}
}

func TestChildrenDontSpeakToSystemd(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "/run/systemd/notify")
	if all := strings.Join(environment(), "\n"); strings.Contains(all, "NOTIFY_SOCKET") {
		t.Error("a child could say that the service is ready")
	}
}

func exists(path string) func(context.Context) error {
	return func(context.Context) error {
		_, err := os.Stat(path)
		return err
	}
}

func within(t *testing.T, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}
