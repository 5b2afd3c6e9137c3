"""What pods can't reach, as a table of nftables. A host drops such packets before they get the host's own address.

Other hosts can't tell a pod from its host: both come from the host's address in the tailnet, and the policy of the
tailnet lets hosts in. A pod with `hostNetwork` is part of its host, so no rule can tell it from the host either.
"""

from collections.abc import Collection, Iterable, Sequence
from ipaddress import IPv4Network, ip_address

from components.cluster.interfaces import BRIDGE, TUNNEL
from components.hosts.ssh_login import SshLogin
from components.overlay.facts import OverlayFacts

TABLE = "tailnet-k3s"
FILE = "/etc/tailnet-k3s/pods.nft"
INTERFACES = (BRIDGE, TUNNEL)
"""By which packets of pods come in: of those on the host, and of those on other hosts."""
SSH_PORT = 22


def pod_rules(
    pods: IPv4Network, overlay: OverlayFacts, datastore: Collection[int], logins: Sequence[SshLogin] = ()
) -> str:
    """The text of the file. `datastore`: its TCP ports. `logins`: where else than in the tailnet SSH of hosts answers.

    - Datastore and SSH of hosts: by the whole range of the tailnet, so that a host that joins later is covered, too.
      Databases of pods and of the internet use the same ports at other addresses.
    - 169.254.0.0/16 is for the host alone: user data at 169.254.169.254, Oracle's disks (iSCSI) at 169.254.0.2. Name
      servers are there, too. CoreDNS, which is a pod, asks the one at Oracle (169.254.169.254).
    - 168.63.129.16 is Azure's: settings and keys of the machine at 80 and 32526, a name server at 53.
    - 127.0.0.0/8: kube-proxy has the kernel accept such packets on every interface. HAProxy listens there.
    - By `lo` come packets of the host itself, with its address among pods.
    """
    inside, inside6 = overlay.networks
    ports = _set(map(str, sorted({SSH_PORT, *datastore})))
    ssh = _set(map(str, sorted({SSH_PORT, *(login.port for login in logins)})))
    lines = "".join(f"    {line}\n" for line in _by_login(logins))
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
{lines}    ip daddr 169.254.0.0/16 udp dport != 53 drop
    ip daddr 169.254.0.0/16 tcp dport != 53 drop
    ip daddr 168.63.129.16 tcp dport != 53 drop
  }}
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


def _set(members: Iterable[str]) -> str:
    return f"{{ {', '.join(members)} }}"
