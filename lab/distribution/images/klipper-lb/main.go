// Command klipper-lb is what runs in the pods of servicelb: it lets the kernel pass on what arrives at one port of the
// pod, in the pod's own name, and then waits for its end. The published one is a shell script that calls iptables.
package main

import (
	"cmp"
	"fmt"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"

	"github.com/google/nftables"
	"github.com/google/nftables/binaryutil"
	"github.com/google/nftables/expr"
)

func main() {
	if err := forward(); err != nil {
		fmt.Fprintln(os.Stderr, "klipper-lb:", err)
		os.Exit(1)
	}
	ended := make(chan os.Signal, 1)
	signal.Notify(ended, syscall.SIGINT, syscall.SIGTERM)
	<-ended
}

func forward() error {
	from, err := port("SRC_PORT")
	if err != nil {
		return err
	}
	to, err := port("DEST_PORT")
	if err != nil {
		return err
	}
	protocol := byte(syscall.IPPROTO_TCP)
	if strings.EqualFold(os.Getenv("DEST_PROTO"), "UDP") {
		protocol = syscall.IPPROTO_UDP
	}
	destination, err := firstIPv4(os.Getenv("DEST_IPS"))
	if err != nil {
		return err
	}
	var ranges []netip.Prefix
	for text := range strings.SplitSeq(cmp.Or(os.Getenv("SRC_RANGES"), "0.0.0.0/0"), ",") {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("SRC_RANGES: %w", err)
		}
		if prefix.Addr().Is4() {
			ranges = append(ranges, prefix)
		}
	}
	return write(rule{protocol, from, to, destination}, ranges)
}

// rule says what is passed on, and where.
type rule struct {
	protocol    byte
	from, to    uint16
	destination netip.Addr
}

// write replaces this port's table in the pod's own network; each port is another container's.
func write(r rule, ranges []netip.Prefix) error {
	kernel, err := nftables.New()
	if err != nil {
		return err
	}
	table := &nftables.Table{Family: nftables.TableFamilyIPv4, Name: fmt.Sprintf("lb-%d-%d", r.protocol, r.from)}
	kernel.AddTable(table)
	kernel.DelTable(table)
	kernel.AddTable(table)
	before := kernel.AddChain(&nftables.Chain{
		Name: "prerouting", Table: table, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityNATDest,
	})
	after := kernel.AddChain(&nftables.Chain{
		Name: "postrouting", Table: table, Type: nftables.ChainTypeNAT,
		Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityNATSource,
	})
	for _, prefix := range ranges {
		kernel.AddRule(&nftables.Rule{Table: table, Chain: before, Exprs: append(arrives(r, prefix),
			&expr.Immediate{Register: 1, Data: r.destination.AsSlice()},
			&expr.Immediate{Register: 2, Data: binaryutil.BigEndian.PutUint16(r.to)},
			&expr.NAT{Type: expr.NATTypeDestNAT, Family: syscall.AF_INET, RegAddrMin: 1, RegProtoMin: 2},
		)})
	}
	kernel.AddRule(&nftables.Rule{Table: table, Chain: after, Exprs: []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 16, Len: 4},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: r.destination.AsSlice()},
		&expr.Masq{},
	}})
	return kernel.Flush()
}

// arrives matches what comes from the range to the port.
func arrives(r rule, prefix netip.Prefix) []expr.Any {
	mask := ^uint32(0) << (32 - prefix.Bits())
	return []expr.Any{
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 12, Len: 4},
		&expr.Bitwise{
			SourceRegister: 1, DestRegister: 1, Len: 4, Mask: binaryutil.BigEndian.PutUint32(mask), Xor: make([]byte, 4),
		},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: prefix.Masked().Addr().AsSlice()},
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{r.protocol}},
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: binaryutil.BigEndian.PutUint16(r.from)},
	}
}

func port(name string) (uint16, error) {
	number, err := strconv.ParseUint(os.Getenv(name), 10, 16)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return uint16(number), nil
}

func firstIPv4(list string) (netip.Addr, error) {
	for text := range strings.SplitSeq(list, ",") {
		if address, err := netip.ParseAddr(text); err == nil && address.Is4() {
			return address, nil
		}
	}
	return netip.Addr{}, fmt.Errorf("DEST_IPS: no IPv4 address in %q", list)
}
