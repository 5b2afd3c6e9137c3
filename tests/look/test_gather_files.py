"""What the script finds in a host's files: each test writes some of them."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from components.look.gather import additions
from components.look.gather.clusters import clusters
from components.look.gather.firewall import firewall
from components.look.gather.kernel import MODULES, cgroup, kubelet_options, modules
from components.look.gather.software import haproxy, held, parse_packages
from components.look.gather.system import (
    HOST_KEY,
    MARKS,
    USER_DATA,
    boot_file,
    disks,
    host_key_in_user_data,
    machine_id,
    marks,
    memory_mb,
    system,
)
from tests.look.root import Root, root_in

LISTS = f"/lib/modules/{os.uname().release}"
CONFFILE = "global\n  daemon\n"
CHECKSUM = hashlib.md5(CONFFILE.encode()).hexdigest()  # noqa: S324 # as dpkg has it
STATUS = f"""\
Package: libc6
Status: install ok installed
Version: 2.36-9+deb12u9
Description: GNU C Library
 Package: nginx

Package: haproxy
Status: install ok installed
Version: 2.6.12-1+deb12u1
Conffiles:
 /etc/default/haproxy 0123456789abcdef0123456789abcdef
 /etc/haproxy/haproxy.cfg {CHECKSUM}
Description: fast and reliable load balancing reverse proxy

Package: mariadb-server-10.5
Status: deinstall ok config-files
Version: 1:10.5.23-0+deb11u1

Package: mariadb-server
Status: install ok installed
Version: 1:10.11.6-0+deb12u1
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    return root_in(tmp_path, monkeypatch)


def test_of_an_empty_host_nothing_is_known(root: Root) -> None:
    assert [system(), machine_id(), memory_mb(), boot_file(), haproxy()] == [None] * 5
    assert [clusters(), kubelet_options()] == [[], []]
    assert marks() == {}


@pytest.mark.parametrize(
    ("key", "in_user_data", "found"),
    [("AAAA1", "AAAA1", True), ("AAAA2", "AAAA1", False), ("", "AAAA1", False), ("AAAA1", "", False)],
)
def test_the_host_key_in_user_data(root: Root, key: str, in_user_data: str, found: bool) -> None:
    assert not host_key_in_user_data(), "a machine without cloud-init"
    data = f"#cloud-config\nssh_keys:\n  ed25519_public: ssh-ed25519 {in_user_data}\n"
    root.write(**{HOST_KEY: f"ssh-ed25519 {key} root@oracle-1\n" if key else "", USER_DATA: data})
    assert host_key_in_user_data() == found


def test_the_system(root: Root) -> None:
    root.write(**{"/etc/os-release": 'NAME="Pop"\n# a comment\nID=pop\nID_LIKE="ubuntu debian"\nVERSION_ID="22.04"\n'})
    assert system() == {"id": "pop", "like": ["ubuntu", "debian"], "version": "22.04"}


def test_memory_and_identity(root: Root) -> None:
    root.write(**{"/proc/meminfo": "MemTotal:        2014376 kB\nMemFree: 1 kB\n", "/etc/machine-id": "abc\n"})
    assert memory_mb() == 1967
    assert machine_id() == "abc"


def test_a_folder_that_is_missing_counts_as_the_one_around_it(root: Root) -> None:
    found = disks()
    assert [disk["path"] for disk in found] == ["/", "/var/lib", "/var/lib/rancher"]
    assert {disk["total_mb"] for disk in found} == {found[0]["total_mb"]}  # what is free changes meanwhile
    assert 0 < found[0]["free_mb"] <= found[0]["total_mb"]


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"/boot/firmware/cmdline.txt": "", "/boot/cmdline.txt": ""}, "/boot/firmware/cmdline.txt"),
        ({"/boot/cmdline.txt": "", "/etc/default/grub": ""}, "/boot/cmdline.txt"),
        ({"/etc/default/grub": ""}, "/etc/default/grub"),
    ],
)
def test_where_the_kernels_command_line_is(root: Root, files: dict[str, str], expected: str) -> None:
    root.write(**files)
    assert boot_file() == expected


def test_cgroup_version_2_lists_its_controllers(root: Root) -> None:
    root.write(**{"/sys/fs/cgroup/cgroup.controllers": "cpuset cpu io\n"})
    assert cgroup() == {"version": 2, "controllers": ["cpuset", "cpu", "io"]}


def test_cgroup_version_1_may_have_a_controller_that_is_off(root: Root) -> None:
    table = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpu\t3\t61\t1\nmemory\t0\t1\t0\n"
    root.write(**{"/proc/cgroups": table, "/sys/fs/cgroup/unified/cgroup.controllers": ""})
    assert cgroup() == {"version": 1, "controllers": ["cpu"]}


def test_modules_are_loaded_or_built_in_or_can_be_loaded(root: Root) -> None:
    root.write(
        **{
            "/proc/modules": "br_netfilter 32768 0 - Live 0x0\n",
            "/proc/filesystems": "nodev\tsysfs\n\text4\nnodev\toverlay\n",
            f"{LISTS}/modules.builtin": "kernel/net/bridge/bridge.ko\n",
            f"{LISTS}/modules.dep": "kernel/drivers/net/vxlan/vxlan.ko.xz: kernel/net/ipv4/udp_tunnel.ko.xz\n"
            "kernel/net/netfilter/nf-conntrack.ko: kernel/lib/libcrc32c.ko\n",
        }
    )
    assert modules() == [name for name in MODULES if name != "veth"]


def test_modules_of_an_upgraded_kernel_are_not_those_of_the_one_that_runs(root: Root) -> None:
    root.write(**{"/proc/modules": "overlay 1 0 - Live 0x0\n", "/lib/modules/6.99/modules.dep": "kernel/vxlan.ko:\n"})
    assert modules() == ["overlay"]


@pytest.mark.parametrize("files", [{}, {"/run/systemd/container": "lxc", "/lib/modules/6.99/modules.dep": ""}])
def test_without_a_list_modules_are_not_known(root: Root, files: dict[str, str]) -> None:
    root.write(**{"/proc/modules": "overlay 1 0 - Live 0x0\n", **files})
    assert modules() is None


def test_options_of_kubelet(root: Root) -> None:
    folder = "/etc/rancher/k3s/config.yaml.d"
    root.write(**{f"{folder}/a.yaml": "kubelet-arg+: [fail-cgroupv1=false]\n", f"{folder}/b.txt": "fail-cgroupv1=true"})
    assert kubelet_options() == ["fail-cgroupv1=false"]


def test_packages_are_those_that_are_installed() -> None:
    found = parse_packages(STATUS, ["mariadb-server*"])
    assert {name: fields["Version"] for name, fields in found.items()} == {"mariadb-server": "1:10.11.6-0+deb12u1"}


def test_packages_on_hold_that_are_not_installed(root: Root) -> None:
    """The file as `apt-mark hold` leaves it."""
    blocks = {
        "haproxy": "hold ok not-installed",
        "curl": "hold ok installed",
        "jq": "hold ok config-files",
        "socat": "install ok installed",
        "pv": "deinstall ok config-files",
    }
    texts = [f"Package: {name}\nStatus: {status}\nPriority: optional\n" for name, status in blocks.items()]
    root.write(**{"/var/lib/dpkg/status": "\n".join(texts)})
    assert held() == ["haproxy", "jq"]


def test_haproxy_as_its_package_brings_it(root: Root) -> None:
    root.write(**{"/var/lib/dpkg/status": STATUS, "/etc/haproxy/haproxy.cfg": CONFFILE})
    assert haproxy() == {"changed": []}


def test_haproxy_with_the_programs_settings_alone(root: Root) -> None:
    """So it is after a host has left, too."""
    root.write(
        **{
            "/var/lib/dpkg/status": STATUS,
            "/etc/haproxy/haproxy.cfg": CONFFILE,
            "/etc/default/haproxy": "CONFIG=/etc/haproxy/tailnet-k3s\n",
            "/etc/haproxy/tailnet-k3s/00-all.cfg": "global\n",
        }
    )
    assert haproxy() == {"changed": []}


def test_haproxy_with_somebodys_settings(root: Root) -> None:
    changed = {
        "/etc/default/haproxy": "EXTRAOPTS=-S\n",
        "/etc/haproxy/conf.d/a.cfg": "",
        "/etc/haproxy/haproxy.cfg": "x",
    }
    root.write(**{"/var/lib/dpkg/status": STATUS, **changed})
    assert haproxy() == {"changed": sorted(changed)}


def test_haproxy_that_is_no_package(root: Root) -> None:
    root.write(**{"/usr/local/sbin/haproxy": "", "/etc/haproxy/haproxy.cfg": CONFFILE})
    assert haproxy() == {"changed": ["/etc/haproxy/haproxy.cfg"]}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/usr/local/bin/k3s", "k3s"),
        ("/etc/systemd/system/k3s-agent.service", "k3s"),
        ("/var/lib/rancher/k3s/server/tls/server-ca.crt", "k3s"),
        ("/usr/local/lib/systemd/system/rke2-agent.service", "rke2"),
        ("/etc/kubernetes/manifests/kube-apiserver.yaml", "kubeadm"),
        ("/lib/systemd/system/kubelet.service", "kubelet"),
        ("/var/snap/microk8s/common/x", "MicroK8s"),
        ("/etc/systemd/system/k0sworker.service", "k0s"),
        ("/var/lib/etcd/default/member/wal/0.wal", "etcd"),
        ("/lib/systemd/system/crio.service", "CRI-O"),
        ("/etc/cni/net.d/87-podman-bridge.conflist", "CNI"),
    ],
)
def test_traces_of_clusters(root: Root, path: str, kind: str) -> None:
    root.write(**{path: ""})
    found = clusters()
    assert [one["kind"] for one in found] == [kind]
    assert path.startswith(found[0]["path"])


def test_what_a_node_leaves_behind_is_no_trace(root: Root) -> None:
    root.write(**{"/etc/rancher/k3s/config.yaml.d/a.yaml": "", "/var/lib/kubelet/x": "", "/var/lib/rancher/": ""})
    assert clusters() == []


def test_marks_of_steps(root: Root) -> None:
    folder = "/var/lib/tailnet-k3s/steps"
    texts = {"k3s-binary-home-1": "RUN done\nfile\t/a\tb\n", "k3s-node-home-1": "RUN begun\n", "half": "", "x.new": "R"}
    root.write(**{f"{folder}/{name}": text for name, text in texts.items()})
    assert marks() == {"k3s-binary-home-1": "done", "k3s-node-home-1": "begun", "half": "begun"}


@pytest.mark.parametrize(("line", "is_on"), [("ENABLED=yes", True), ("ENABLED=no", False), ("#ENABLED=yes", False)])
def test_ufw_is_on_or_off(root: Root, line: str, is_on: bool) -> None:
    root.write(**{"/etc/ufw/ufw.conf": f"# ufw\n{line}\nLOGLEVEL=low\n"})
    expected: dict[str, Any] = {"ufw": is_on, "firewalld": False, "trusted": [], "iptables": None, "nftables": None}
    assert firewall() | {"iptables": None, "nftables": None} == expected


def test_settings_that_no_step_wrote(root: Root, monkeypatch: pytest.MonkeyPatch) -> None:
    drop_in, own, k3s = (
        "/etc/systemd/system/k3s.service.d",
        "/etc/mysql/mariadb.conf.d",
        "/etc/rancher/k3s/config.yaml.d",
    )
    packages = "[mysqld]\nport = 1\n"
    status = f"Package: mariadb-server\nConffiles:\n {own}/50-server.cnf {hashlib.md5(packages.encode()).hexdigest()}\n"  # noqa: S324
    files = {
        f"{drop_in}/x.conf": "[Service]\nEnvironment=A=1\n",
        f"{drop_in}/comment.conf": "# nothing\n[Service]\n",
        f"{own}/60-galera.cnf": "a=1\n",
        f"{own}/50-server.cnf": packages,
        f"{own}/zz-mine.cnf": "[mysqld]\nmax_connections = 9\n",
        f"{k3s}/cgroup-v1.yaml": "kubelet-arg+: [fail-cgroupv1=false]\n",
        f"{k3s}/mine.yaml": "kubelet-arg+: [fail-cgroupv1=false, max-pods=9]\n",
        "/var/lib/dpkg/status": status,
    }
    root.write(**files)
    assert additions.additions() == [], "a host without marks"
    root.write(**{f"{MARKS}/datastore-member-oracle-1": f"RUN done\nfile\t{own}/60-galera.cnf\troot:root 644 a\n"})
    monkeypatch.setattr(additions, "SETTINGS", (*additions.SETTINGS, f"{own}/*.cnf"))
    assert additions.additions() == [f"{own}/zz-mine.cnf", f"{k3s}/mine.yaml", f"{drop_in}/x.conf"]
