"""The facts of one host: what the script in gather/ printed, validated. None: the fact could not be read."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Fact(BaseModel):
    """A group of facts. An unexpected field or type is an error: the script and these models belong together."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, use_attribute_docstrings=True)


class System(Fact):
    """The operating system by /etc/os-release: `debian`, `12`."""

    id: str
    like: tuple[str, ...]
    """Systems that it is derived from (ID_LIKE)."""
    version: str | None


class Disk(Fact):
    """The file system of one folder, in MB. If the folder is missing: the file system that it would be in."""

    path: str
    total_mb: int
    free_mb: int
    """What unprivileged processes may still use."""
    read_only: bool = False


class Cgroup(Fact):
    """The kernel's control groups: how it limits what services use."""

    version: Literal[1, 2]
    controllers: tuple[str, ...]
    """The enabled controllers: `cpu`, `memory`, …"""


class Clock(Fact):
    """The host's time, and what keeps it right."""

    seconds: float
    """Seconds since 1970 when the script ran."""
    synchronised: bool | None
    """Whether the kernel counts the clock as synchronised."""
    services: tuple[str, ...]
    """Running units of time services: `systemd-timesyncd.service`, …"""
    contained: bool
    """Whether the host is a container. Then it has the clock of the machine that it runs on."""


class Address(Fact):
    """An IPv4 address of a network interface, with its prefix length."""

    interface: str
    address: str
    prefix: int


class Route(Fact):
    """A route of the main table, for a range like `10.0.0.0/24`. The default route has `0.0.0.0/0`."""

    interface: str
    range: str


class Socket(Fact):
    """A socket on which a program listens."""

    protocol: Literal["tcp", "udp"]
    address: str
    """`0.0.0.0` and `::` mean all addresses."""
    port: int
    process: str | None
    unit: str | None = None
    """The systemd unit of the process: `nginx.service`, `session-3.scope`. None: not known, or the kernel listens."""


class Cluster(Fact):
    """A trace of Kubernetes, of etcd or of a container network, and the path that shows it."""

    kind: str
    path: str


class Node(Fact):
    """A node of the cluster, as the API describes it."""

    name: str
    ready: bool
    machine_id: str | None
    """The ID of the machine that has joined as this node."""
    cordoned: bool
    """Whether no new pods start there."""
    taints: tuple[str, ...]
    """`key=value:Effect` or `key:Effect`."""
    own_taints: tuple[str, ...]
    """Those that this program has set."""


class K3sVersions(Fact):
    """Versions of k3s in /usr/local/bin, as `vX.Y.Z+k3sN`. None: there is no k3s."""

    installed: str | None
    """The version of the file."""
    running: str | None
    """The version of the running process. After an interrupted upgrade it is older than the file."""


class Certificate(Fact):
    """A certificate that a program of the cluster uses, and that is renewed before it ends. No authority."""

    path: str
    ends: int
    """In seconds since 1970."""


class LastBackup(Fact):
    """The newest backup in the bucket, as far as this host knows."""

    name: str
    made: int
    """In seconds since 1970."""
    host: str
    """The host that made it."""
    size: int
    """In bytes."""


class Backup(Fact):
    """What this host's timer for backups noted."""

    since: int
    """When the timer came to this host, in seconds since 1970."""
    looked: int | None
    """When it looked into the bucket the last time. None: not yet."""
    last: LastBackup | None
    error: str | None
    """Why the last run failed. None: it did not."""


class Haproxy(Fact):
    """HAProxy's changed settings: paths of files that differ from those of the package."""

    changed: tuple[str, ...]


class Firewall(Fact):
    """The firewalls of a host, and their rules as the tools print them."""

    ufw: bool
    """Whether ufw is enabled."""
    firewalld: bool
    """Whether firewalld runs."""
    trusted: tuple[str, ...]
    """Interfaces and ranges of firewalld's zone `trusted`."""
    iptables: tuple[str, ...] | None
    """The table `filter` as iptables-save prints it, without the rules in Kubernetes' own chains."""
    nftables: tuple[dict[str, Any], ...] | None
    """Chains and rules as `nft --json list ruleset` prints them, without the tables of iptables."""


class Facts(Fact):
    """All facts of one host. A list is either complete or None."""

    system: System | None
    kernel: str | None
    architecture: str | None
    """As Debian names it: amd64, arm64."""
    machine_id: str | None
    boot_id: str | None
    """Changes at each boot. No two machines have the same."""
    memory_mb: int | None
    disks: tuple[Disk, ...] | None
    cgroup: Cgroup | None
    boot_file: str | None
    """The file that sets the kernel's command line: `/boot/firmware/cmdline.txt`, `/etc/default/grub`."""
    modules: tuple[str, ...] | None
    """The kernel modules that k3s needs and the host has, loaded or not."""
    kubelet_options: tuple[str, ...] | None
    """The owner's kubelet options in /etc/rancher/k3s/config.yaml.d: `fail-cgroupv1=false`."""
    clock: Clock | None
    addresses: tuple[Address, ...] | None
    routes: tuple[Route, ...] | None
    sockets: tuple[Socket, ...] | None
    datastores: dict[str, Any] | None
    """By kind of datastore: what its own part of the script found. Only the kind's own findings read it."""
    clusters: tuple[Cluster, ...] | None
    k3s: K3sVersions | None
    nodes: tuple[Node, ...] | None
    """All nodes of the cluster. None: the host is no server, or its API does not answer."""
    certificates: tuple[Certificate, ...] | None
    backup: Backup | None
    """None: the host has no timer for backups."""
    haproxy: Haproxy | None
    """None: HAProxy is not installed."""
    firewall: Firewall | None
    overlay: dict[str, Any] | None
    """What the overlay's own part of the script found. Only the overlay's own findings read it."""
    stack: str | None
    """The stack that the marks belong to, as `PROJECT/STACK`. None: older versions of this program did not say it."""
    held: tuple[str, ...] | None
    """Packages that are not installed, and that apt must not install: `apt-mark hold`."""
    additions: tuple[str, ...] | None
    """Files that change how the program's services run, and that no step wrote."""
    host_key_in_user_data: bool | None
    """Whether the machine shows the SSH host key of the user data with which a cloud made it."""
    marks: dict[str, Any] | None
    """The state of each step that has left a mark on the host, by the step's name: `done` or `begun`."""
    unread: dict[str, str] = {}
    """By name: why a fact is None, or not whole: `ss is not installed`."""
    asked: tuple[float, float] | None = None
    """When the operator's computer asked, and when it had the answer, by its own clock. The caller sets this."""
