package system

import (
	"bufio"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Memory gives what the kernel says this machine has, and what this host may use of it, in bytes. A host that shares
// its kernel with others sees the whole machine, and is limited by the root of its control groups.
func Memory() (machine, allowed uint64) {
	return memory("/proc/meminfo", "/sys/fs/cgroup")
}

func memory(meminfo, groups string) (machine, allowed uint64) {
	file, err := os.Open(meminfo)
	if err != nil {
		return 0, 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); len(fields) > 1 && fields[0] == "MemTotal:" {
			kibibytes, _ := strconv.ParseUint(fields[1], 10, 64)
			machine = kibibytes * 1024
		}
	}
	allowed = machine
	for _, name := range []string{"memory/memory.limit_in_bytes", "memory.max"} {
		if limit, ok := number(filepath.Join(groups, name)); ok {
			allowed = min(allowed, uint64(limit))
		}
	}
	return machine, allowed
}

// Processors gives how many processors' time this host may use, of those that it sees; 0 if there is no limit.
func Processors() float64 { return processors("/sys/fs/cgroup") }

func processors(groups string) float64 {
	for _, folder := range []string{"cpu", "cpu,cpuacct"} {
		quota, ok := number(filepath.Join(groups, folder, "cpu.cfs_quota_us"))
		period, okPeriod := number(filepath.Join(groups, folder, "cpu.cfs_period_us"))
		if ok && okPeriod && quota > 0 && period > 0 {
			return quota / period
		}
	}
	content, err := os.ReadFile(filepath.Join(groups, "cpu.max"))
	fields := strings.Fields(string(content))
	if err != nil || len(fields) != 2 {
		return 0
	}
	quota, err := strconv.ParseFloat(fields[0], 64) // "max": no limit
	period, errPeriod := strconv.ParseFloat(fields[1], 64)
	if err != nil || errPeriod != nil || period == 0 {
		return 0
	}
	return quota / period
}

func number(path string) (float64, bool) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, false
	}
	value, err := strconv.ParseFloat(strings.TrimSpace(string(content)), 64)
	return value, err == nil && !math.IsInf(value, 0)
}
