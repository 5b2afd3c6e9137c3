"""What pods can't reach, as a table of nftables. A host drops such packets before they get the host's own address.

Other hosts can't tell a pod from its host: both come from the host's address in the tailnet, and the policy of the
tailnet lets hosts in. A pod with `hostNetwork` is part of its host, so no rule can tell it from the host either.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from ipaddress import IPv4Network, ip_address

from components.cluster.interfaces import BRIDGE, TUNNEL
from components.hosts.ssh_login import SshLogin
from components.overlay.facts import OverlayFacts

TABLE = "tailnet-k3s"
FILE = "/etc/tailnet-k3s/pods.nft"
INTERFACES = (BRIDGE, TUNNEL)
"""By which packets of pods come in: of those on the host, and of those on other hosts."""
SSH_PORT, DNS_PORT = 22, 53


def pod_rules(
    pods: IPv4Network,
    overlay: OverlayFacts,
    datastore: Collection[int],
    metadata: Sequence[IPv4Network],
    logins: Sequence[SshLogin] = (),
) -> str:
    """The text of the file. `datastore`: its TCP ports. `logins`: where SSH of hosts answers outside of the overlay.

    - Datastore and SSH of hosts: by the whole range of the tailnet, so that a host that joins later is covered, too.
      Databases of pods and of the internet use the same ports at other addresses.
    - `metadata`: services of the clouds for the host alone. Only name servers are for pods: CoreDNS, a pod, asks them.
    - 127.0.0.0/8: kube-proxy has the kernel accept such packets on every interface. HAProxy listens there.
    - By `lo` come packets of the host itself, with its address among pods.
    """
    inside, inside6 = overlay.networks
    ports = _set(map(str, sorted({SSH_PORT, *datastore})))
    ssh = _set(map(str, sorted({SSH_PORT, *(login.port for login in logins)})))
    lines = "".join(f"    {line}\n" for line in (*_by_login(logins), *_to_metadata(metadata)))
    names = _set(f'"{name}"' for name in INTERFACES)
    return f"""\
add table inet {TABLE}
delete table inet {TABLE}
table inet {TABLE} {{
  chain input {{
    type filter hook input priority 0; policy accept;
    iifname {names} jump to_own_host
    iifname != "lo" ip saddr {pods} jump to_own_host
  }}
  chain forward {{
    type filter hook forward priority 0; policy accept;
    iifname {names} jump from_pods
    ip saddr {pods} jump from_pods
  }}
  chain to_own_host {{
    tcp dport {ssh} drop
    ip daddr 127.0.0.0/8 drop
    jump from_pods
  }}
  chain from_pods {{
    ip daddr {inside} tcp dport {ports} drop
    ip6 daddr {inside6} tcp dport {ports} drop
{lines}  }}
}}
"""


def _by_login(logins: Sequence[SshLogin]) -> list[str]:
    """A rule for each address. What is not an address but a name may lead elsewhere tomorrow, so it has no rule."""
    rules = set()
    for login in logins:
        try:
            address = ip_address(login.address)
        except ValueError:
            continue
        rules.add(f"{'ip' if address.version == 4 else 'ip6'} daddr {address} tcp dport {login.port} drop")
    return sorted(rules)


def _to_metadata(networks: Iterable[IPv4Network]) -> Iterator[str]:
    for network in networks:
        target = network if network.num_addresses > 1 else network.network_address
        yield from (f"ip daddr {target} {protocol} dport != {DNS_PORT} drop" for protocol in ("udp", "tcp"))


def _set(members: Iterable[str]) -> str:
    return f"{{ {', '.join(members)} }}"
