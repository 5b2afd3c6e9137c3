"""All programs that the lab builds, with their versions, and groups of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from components.artefacts import ETCD_VERSION, K3S_VERSION, TAILSCALE_VERSION, TRAEFIK_VERSION

FOLDER = Path(__file__).resolve().parent
MODULES = FOLDER / "modules"

KUBERNETES_VERSION = K3S_VERSION.partition("+")[0]
PULUMI_VERSION = "3.245.0"
MINIO_RELEASE = "2026-02-12T20:18:48Z"
MINIO_COMMIT = "7aac2a2c5b7c"

STATIC_C = ("-linkmode", "external", "-extldflags", "-static")
"""Linker flags for a static C library. The hosts may have another C library than this machine."""
NO_C_LOOKUPS = ("netgo", "osusergo")
"""Build tags for a program with C code: look up names and users with Go's code. The C library's can't be static."""


@dataclass(frozen=True)
class Program:
    """One program, and how Go builds it. All are static, so they run on every host and in an empty image."""

    name: str
    version: str
    module: Path
    """Folder of a go.mod that pins the program's sources. It may also have Go files of this project."""
    package: str
    """Import path of the command, or a path within the module, which starts with "./"."""
    tags: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    """Package variables (import path and name) that the linker sets. Most programs get their version so."""
    link: tuple[str, ...] = ()
    """More flags for the linker."""
    c_code: bool = False
    """Whether it needs a C compiler (and Debian's libseccomp-dev)."""
    parts: tuple[str, ...] = ()
    """Programs that this one contains. They are built first: see assemble.py."""


def _kubernetes() -> Program:
    major, minor, _ = KUBERNETES_VERSION.removeprefix("v").split(".")
    version = "k8s.io/component-base/version"
    return Program(
        "kube",
        KUBERNETES_VERSION,
        MODULES / "kubernetes",
        "./cmd/kube",
        variables={
            f"{version}.gitVersion": K3S_VERSION,
            f"{version}.gitMajor": major,
            f"{version}.gitMinor": minor,
            f"{version}.gitTreeState": "archive",
        },
    )


def _containerd(name: str) -> Program:
    module = "github.com/containerd/containerd/v2"
    variables = {f"{module}/version.Version": "v2.2.0"}
    return Program(name, "v2.2.0", MODULES / "containerd", f"{module}/cmd/{name}", variables=variables)


def _network_plugin(kind: str, name: str, module: str = "cni-plugins", version: str = "v1.8.0") -> Program:
    plugins = "github.com/containernetworking/plugins"
    variables = {f"{plugins}/pkg/utils/buildversion.BuildVersion": version}
    return Program(f"cni-{name}", version, MODULES / module, f"{plugins}/plugins/{kind}/{name}", variables=variables)


def _etcd(name: str, package: str) -> Program:
    return Program(name, ETCD_VERSION, MODULES / "etcd", f"go.etcd.io/etcd/{package}/v3")


def _minio() -> Program:
    command = "github.com/minio/minio/cmd"
    values = {
        "Version": MINIO_RELEASE,
        "ReleaseTag": _release_tag(MINIO_RELEASE),
        "CommitID": MINIO_COMMIT,
        "ShortCommitID": MINIO_COMMIT,
        "CopyrightYear": MINIO_RELEASE[:4],
    }
    variables = {f"{command}.{name}": value for name, value in values.items()}
    return Program("minio", MINIO_RELEASE[:10], MODULES / "minio", "github.com/minio/minio", variables=variables)


def _minio_client() -> Program:
    """MinIO's client, in the version that the server's module requires: no other version is available."""
    release = "2025-03-13T08:02:18Z"
    variables = {"github.com/minio/mc/cmd.ReleaseTag": _release_tag(release)}
    return Program("mc", release[:10], MODULES / "minio", "github.com/minio/mc", variables=variables)


def _release_tag(release: str) -> str:
    return f"RELEASE.{release.replace(':', '-')}"


K3S_PARTS = (
    _kubernetes(),
    _containerd("containerd"),
    _containerd("containerd-shim-runc-v2"),
    _containerd("ctr"),
    Program(
        "runc",
        "1.4.0",
        MODULES / "runc",
        "github.com/opencontainers/runc",
        tags=("seccomp", *NO_C_LOOKUPS),  # without seccomp no pod starts
        link=STATIC_C,
        c_code=True,
    ),
    Program(
        "kine",
        "v0.17.5",
        MODULES / "kine",
        "github.com/k3s-io/kine",
        variables={"github.com/k3s-io/kine/pkg/version.Version": "v0.17.5"},
    ),
    Program(
        "flanneld",
        "v0.28.10",
        MODULES / "flannel",
        "github.com/flannel-io/flannel",
        tags=NO_C_LOOKUPS,
        variables={"github.com/flannel-io/flannel/pkg/version.Version": "v0.28.10"},
        link=STATIC_C,
        c_code=True,  # in a backend that the lab doesn't use; it does not compile without
    ),
    _network_plugin("main", "bridge"),
    _network_plugin("main", "loopback"),
    _network_plugin("ipam", "host-local"),
    _network_plugin("meta", "portmap"),
    # Flannel's own repository of this plugin is not a module that can be had; this is the last one in the old place.
    _network_plugin("meta", "flannel", "cni-flannel", "v0.9.1"),
)
"""The parts of the lab's k3s, in build order: the largest first."""

_TABLE = (
    Program(
        "pulumi",
        PULUMI_VERSION,
        MODULES / "pulumi",
        "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
        variables={"github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": f"v{PULUMI_VERSION}"},
    ),
    Program(
        "tailscaled",
        TAILSCALE_VERSION,
        MODULES / "tailscale",
        "tailscale.com/cmd/tailscaled",
        tags=("ts_include_cli",),  # it is `tailscale` too, when it is started under that name
        variables={
            "tailscale.com/version.longStamp": TAILSCALE_VERSION,
            "tailscale.com/version.shortStamp": TAILSCALE_VERSION,
        },
    ),
    Program("headscale", "0.28.0", MODULES / "headscale", "github.com/juanfont/headscale/cmd/headscale"),
    Program("edge", "1", FOLDER.parent / "internet" / "edge", "."),
    *K3S_PARTS,
    Program(
        "k3s",
        K3S_VERSION,
        FOLDER / "k3s",
        ".",
        variables={"main.version": K3S_VERSION},
        parts=tuple(part.name for part in K3S_PARTS),
    ),
    Program("coredns", "1.13.1", MODULES / "coredns", "./cmd/coredns"),
    Program("pause", "3.6", FOLDER / "images" / "pause", "."),
    Program("whoami", "v1.11", FOLDER / "images" / "whoami", "."),
    Program("klipper-lb", "v0.4.17", FOLDER / "images" / "klipper-lb", "."),
    Program(
        "local-path-provisioner",
        "v0.0.30",
        MODULES / "local-path-provisioner",
        "github.com/rancher/local-path-provisioner",
        variables={"main.VERSION": "v0.0.30"},
    ),
    Program("actionlint", "1.7.12", MODULES / "actionlint", "github.com/rhysd/actionlint/cmd/actionlint"),
    _etcd("etcd", "server"),
    _etcd("etcdctl", "etcdctl"),
    _etcd("etcdutl", "etcdutl"),
    Program(
        "traefik",
        TRAEFIK_VERSION,
        MODULES / "traefik",
        "github.com/traefik/traefik/v3/cmd/traefik",
        variables={"github.com/traefik/traefik/v3/pkg/version.Version": TRAEFIK_VERSION},
    ),
    _minio(),
    _minio_client(),
)

PROGRAMS: Mapping[str, Program] = {program.name: program for program in _TABLE}
"""All programs by name, in build order. Programs that hosts need to boot come first: hosts boot during the rest."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "engine": ("pulumi",),
    "tailnet": ("tailscaled", "headscale"),
    "edge": ("edge",),
    "k3s": ("k3s",),
    "images": ("coredns", "pause", "whoami", "klipper-lb", "local-path-provisioner"),
    "checks": ("actionlint",),
    "etcd": ("etcd", "etcdctl", "etcdutl"),
    "ingress": ("traefik",),
    "storage": ("minio", "mc"),
}
"""Names of programs by group. A lab needs all groups but `checks`, and `etcd` only if that is its stack's datastore."""


def with_parts(names: Iterable[str]) -> list[Program]:
    """These programs and their parts, in build order.

    Raises ValueError for a name that is not in PROGRAMS.
    """
    wanted: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in PROGRAMS:
            raise ValueError(f"no program {name!r} in lab/distribution/programs.py; there are {', '.join(PROGRAMS)}")
        wanted.add(name)
        waiting.extend(PROGRAMS[name].parts)
    return [program for name, program in PROGRAMS.items() if name in wanted]
