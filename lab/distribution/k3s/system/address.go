package system

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
)

// addressPatience bounds the wait for a network that another service makes, as tailscaled does after a boot.
const addressPatience = 3 * time.Minute

// routes is the kernel's table of IPv4 routes.
const routes = "/proc/net/route"

// WaitAddress gives the node's IPv4 address: the wanted one, once an interface has it; else that of the interface;
// else that of the default route's interface. While it is not there yet it waits, and says what for.
func WaitAddress(ctx context.Context, wanted, onInterface string) (string, error) {
	what := "the default route"
	if onInterface != "" {
		what = "interface " + onInterface
	}
	if wanted != "" {
		what = "address " + wanted
	}
	if wanted != "" && onInterface != "" {
		what += " and interface " + onInterface
	}
	ctx, cancel := context.WithTimeout(ctx, addressPatience)
	defer cancel()
	for said := false; ; said = true {
		address, err := nodeAddress(wanted, onInterface)
		if err == nil {
			return address, nil
		}
		if !said {
			slog.Info("waiting for "+what, "cause", err, "at most", addressPatience)
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("waited %s for %s: %w", addressPatience, what, err)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

func nodeAddress(wanted, onInterface string) (string, error) {
	if onInterface != "" {
		address, err := InterfaceAddress(onInterface)
		if err != nil || wanted == "" {
			return address, err
		}
	}
	if wanted == "" {
		name, err := defaultInterface(routes)
		if err != nil {
			return "", err
		}
		return InterfaceAddress(name)
	}
	all, err := net.InterfaceAddrs()
	if err != nil {
		return "", err
	}
	for _, address := range all {
		if strings.HasPrefix(address.String(), wanted+"/") {
			return wanted, nil
		}
	}
	return "", errors.New("no interface has " + wanted)
}

// InterfaceAddress gives the first IPv4 address of an interface.
func InterfaceAddress(name string) (string, error) {
	found, err := net.InterfaceByName(name)
	if err != nil {
		return "", fmt.Errorf("there is no interface %s", name)
	}
	addresses, err := found.Addrs()
	if err != nil {
		return "", err
	}
	for _, address := range addresses {
		if parsed, err := netip.ParsePrefix(address.String()); err == nil && parsed.Addr().Is4() {
			return parsed.Addr().String(), nil
		}
	}
	return "", fmt.Errorf("interface %s has no IPv4 address", name)
}

// DefaultInterface gives the name of the default route's interface; none: empty.
func DefaultInterface() string {
	name, err := defaultInterface(routes)
	if err != nil {
		return ""
	}
	return name
}

// InterfaceIndex tells one interface from a later one of the same name; 0 if there is none that has an IPv4 address.
func InterfaceIndex(name string) int {
	found, err := net.InterfaceByName(name)
	if err != nil {
		return 0
	}
	if _, err := InterfaceAddress(name); err != nil {
		return 0
	}
	return found.Index
}

// defaultInterface reads the kernel's routing table: the line of destination and mask 0.
func defaultInterface(table string) (string, error) {
	content, err := os.ReadFile(table)
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(content)) {
		fields := strings.Fields(line)
		if len(fields) > 7 && fields[1] == "00000000" && fields[7] == "00000000" {
			return fields[0], nil
		}
	}
	return "", errors.New("there is no default route")
}
