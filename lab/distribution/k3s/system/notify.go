// Package system is what k3s asks of the host: its service manager, interfaces, users and limits.
package system

import (
	"net"
	"os"
)

// NotifyReady tells systemd (Type=notify) that the service is up. Without systemd it does nothing.
func NotifyReady() {
	path := os.Getenv("NOTIFY_SOCKET")
	if path == "" {
		return
	}
	connection, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return
	}
	defer connection.Close()
	_, _ = connection.Write([]byte("READY=1\n"))
}
