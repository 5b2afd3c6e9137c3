"""Rules for existing machines: a host key, a login, and no machine twice."""

from ipaddress import IPv4Address, IPv4Network, ip_address

from components.clouds.existing.host_settings import ExistingHost
from components.clouds.existing.logins import Login
from components.settings.errors import Finding, path
from components.settings.k3s import K3s
from components.settings.rules.rule import Findings, Hosts, Rule, of_kind


def existing_host_shows_a_known_key(hosts: Hosts) -> Findings:
    """The program sends the tailnet's key to the machine, so it must verify the machine first.

    Pulumi asks for the ECDSA key first. If the machine has one, no other key can match.
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
    """The program does not log in with a password."""
    for name in of_kind(hosts, ExistingHost):
        if name not in logins:
            key = path("logins", name, "private_key")
            yield Finding(key, f"is missing. Run `pulumi config set --secret --path {key} < KEY_FILE`.")


def login_is_of_an_existing_host(hosts: Hosts, logins: dict[str, Login]) -> Findings:
    """Hosts that a cloud creates have the program's key from the start."""
    theirs = of_kind(hosts, ExistingHost)
    for name in logins:
        if name not in hosts:
            yield Finding(path("logins", name), "has no host of that name. Check the spelling, or remove it.")
        elif name not in theirs:
            yield Finding(path("logins", name), "is for a host that the program creates itself. Remove it.")


def existing_hosts_are_different_machines(hosts: Hosts) -> Findings:
    """Two nodes on one machine would undo each other's settings."""
    seen: dict[tuple[str, int], str] = {}
    for name, host in of_kind(hosts, ExistingHost).items():
        first = seen.setdefault((host.address, host.port), name)
        if first != name:
            yield Finding(path("hosts", name, "address"), f"{host.address} is {first}'s as well. Change one.")


def existing_host_is_not_in_a_range_of_the_cluster(hosts: Hosts, k3s: K3s) -> Findings:
    """The cluster's hosts would look for it, or for its neighbours, among pods or services.

    How large its network is, only the machine knows, and the look at it judges that. Here a private address stands for
    its /24: few networks are smaller.
    """
    for name, host in of_kind(hosts, ExistingHost).items():
        address = _ipv4(host.address)
        if address is None:
            continue
        around = IPv4Network(f"{address}/{24 if address.is_private else 32}", strict=False)
        for key, network in (("cluster_cidr", k3s.cluster_cidr), ("service_cidr", k3s.service_cidr)):
            if address in network:
                yield Finding(f"k3s.{key}", f"{network} has {name}'s address in it, {address}. Choose another.")
            elif around.overlaps(network):
                yield Finding(
                    f"k3s.{key}", f"{network} is in the network of {name}'s address, {address}. Choose another."
                )


def existing_ingress_has_a_public_address(hosts: Hosts) -> Findings:
    """Only the owner knows it."""
    for name, host in of_kind(hosts, ExistingHost).items():
        if "ingress" in host.roles and not host.public_address:
            yield Finding(
                path("hosts", name, "public_address"),
                "is missing, and visitors come in by it. Add the address, or remove the role ingress.",
            )


def _ipv4(address: str) -> IPv4Address | None:
    try:
        found = ip_address(address)
    except ValueError:
        return None
    return found if isinstance(found, IPv4Address) else None


RULES: tuple[Rule, ...] = (
    existing_host_shows_a_known_key,
    existing_host_has_a_login,
    login_is_of_an_existing_host,
    existing_hosts_are_different_machines,
    existing_host_is_not_in_a_range_of_the_cluster,
    existing_ingress_has_a_public_address,
)
