package system

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func file(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMemoryIsTheSmallerOfMachineAndGroup(t *testing.T) {
	meminfo := file(t, t.TempDir(), "meminfo", "MemTotal:       2048 kB\nMemFree: 1 kB\n")
	for name, given := range map[string]struct {
		limit string
		want  uint64
	}{
		"memory/memory.limit_in_bytes":   {"1048576\n", 1 << 20},
		"memory.max":                     {"1048576\n", 1 << 20},
		"none":                           {"", 2 << 20},
		"./memory.max":                   {"max\n", 2 << 20},
		"./memory/memory.limit_in_bytes": {"9223372036854771712\n", 2 << 20},
	} {
		groups := t.TempDir()
		file(t, groups, name, given.limit)
		if machine, allowed := memory(meminfo, groups); machine != 2<<20 || allowed != given.want {
			t.Errorf("%s %s: %d of %d", name, given.limit, allowed, machine)
		}
	}
}

func TestProcessorsOfBothVersions(t *testing.T) {
	one, two, unlimited := t.TempDir(), t.TempDir(), t.TempDir()
	file(t, one, "cpu,cpuacct/cpu.cfs_quota_us", "150000\n")
	file(t, one, "cpu,cpuacct/cpu.cfs_period_us", "100000\n")
	file(t, two, "cpu.max", "150000 100000\n")
	file(t, unlimited, "cpu.max", "max 100000\n")
	for groups, want := range map[string]float64{one: 1.5, two: 1.5, unlimited: 0, "/nonexistent": 0} {
		if got := processors(groups); got != want {
			t.Errorf("%s: %f", groups, got)
		}
	}
}

func TestDefaultRouteIsTheOneToEverywhere(t *testing.T) {
	table := file(t, t.TempDir(), "route", "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n"+
		"tailscale0\t00004064\t00000000\t0001\t0\t0\t0\t0000C0FF\n"+
		"eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\n")
	if name, err := defaultInterface(table); err != nil || name != "eth0" {
		t.Errorf("it is %s: %v", name, err)
	}
	if _, err := defaultInterface(file(t, t.TempDir(), "route", "Iface\n")); err == nil {
		t.Error("a table without any has one")
	}
}

func TestUserIsTheHostsOwn(t *testing.T) {
	one, other := Unprivileged("aaaa\n"), Unprivileged("bbbb")
	if one == other || one != Unprivileged("aaaa") {
		t.Errorf("users are %d and %d", one, other)
	}
	if one < firstUser || one >= firstUser+users {
		t.Errorf("%d is outside of its range", one)
	}
}

func TestAddressOfAnInterface(t *testing.T) {
	if address, err := InterfaceAddress("lo"); err != nil || address != "127.0.0.1" {
		t.Errorf("lo has %s: %v", address, err)
	}
	if _, err := nodeAddress("", "no-such0"); err == nil || !strings.Contains(err.Error(), "no interface no-such0") {
		t.Errorf("it says %v", err)
	}
	if _, err := nodeAddress("203.0.113.77", ""); err == nil || !strings.Contains(err.Error(), "no interface has 203.0.113.77") {
		t.Errorf("it says %v", err)
	}
}
