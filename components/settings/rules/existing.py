"""Rules of machines that are there already: how to know one, how to get in, and that it is one machine."""

from ipaddress import IPv4Address, ip_address

from components.settings.errors import Finding, path
from components.settings.hosts import ExistingHost
from components.settings.k3s import K3s
from components.settings.logins import Login
from components.settings.rules.rule import Findings, Hosts, of_kind


def existing_host_shows_a_known_key(hosts: Hosts) -> Findings:
    """A host that is not verified may be anyone's, and is sent the tailnet's key.

    Of several keys a machine shows Pulumi its ECDSA one, for that is asked for first; no other matches then.
    """
    for name, host in of_kind(hosts, ExistingHost).items():
        if not host.host_key:
            port = f" -p {host.port}" if host.port != 22 else ""
            yield Finding(
                path("hosts", name, "host_key"),
                f"is missing. Run `ssh-keyscan -t ecdsa{port} {host.address}`, compare what it prints with"
                " /etc/ssh/ssh_host_ecdsa_key.pub on the machine, and paste it.",
            )


def existing_host_has_a_login(hosts: Hosts, logins: dict[str, Login]) -> Findings:
    """SSH by a password is not offered."""
    for name in of_kind(hosts, ExistingHost):
        if name not in logins:
            key = path("logins", name, "private_key")
            yield Finding(key, f"is missing. Run `pulumi config set --secret --path {key} < KEY_FILE`.")


def login_is_of_an_existing_host(hosts: Hosts, logins: dict[str, Login]) -> Findings:
    """Hosts of clouds have the program's own key from the start."""
    theirs = of_kind(hosts, ExistingHost)
    for name in logins:
        if name not in hosts:
            yield Finding(path("logins", name), "is of no host. Check the spelling, or remove it.")
        elif name not in theirs:
            yield Finding(path("logins", name), "is of a host that the program creates itself. Remove it.")


def existing_hosts_are_different_machines(hosts: Hosts) -> Findings:
    """Two nodes on one machine would undo each other's settings."""
    seen: dict[tuple[str, int], str] = {}
    for name, host in of_kind(hosts, ExistingHost).items():
        first = seen.setdefault((host.address, host.port), name)
        if first != name:
            yield Finding(path("hosts", name, "address"), f"{host.address} is {first}'s as well. Change one.")


def existing_host_is_not_in_a_range_of_the_cluster(hosts: Hosts, k3s: K3s) -> Findings:
    """The cluster's hosts would look for it among pods or services."""
    for name, host in of_kind(hosts, ExistingHost).items():
        address = _ipv4(host.address)
        for key, network in (("cluster_cidr", k3s.cluster_cidr), ("service_cidr", k3s.service_cidr)):
            if address and address in network:
                yield Finding(f"k3s.{key}", f"{network} has {name}'s address in it, {address}. Choose another.")


def _ipv4(address: str) -> IPv4Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return found if isinstance(found, IPv4Address) else None
