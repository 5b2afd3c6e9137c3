package system

import (
	"crypto/sha256"
	"encoding/binary"
	"os"
	"strings"
)

// Numbers of users that no distribution gives out, and that stay below systemd's limit for containers of others.
const (
	firstUser = 1 << 30
	users     = 1 << 29
)

// Unprivileged gives the number of a user, and of its group, that runs what needs no privileges on this host. It is the
// host's own, from /etc/machine-id: the kernel counts inotify instances by user, over all hosts that share it.
func Unprivileged(machineID string) int {
	sum := sha256.Sum256([]byte("k3s control plane " + strings.TrimSpace(machineID)))
	return firstUser + int(binary.BigEndian.Uint32(sum[:4])%users)
}

// ThisHostsUnprivileged is Unprivileged for this host; 0, that is root, if it can't change users or has no machine id.
func ThisHostsUnprivileged() int {
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil || len(strings.TrimSpace(string(id))) == 0 || os.Geteuid() != 0 {
		return 0
	}
	return Unprivileged(string(id))
}
