"""A small real lab for tests of this folder: two hosts' specs, keys, ways to ask them, and what is left of a lab."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lab.hosts import HostSpec, Rule, create_host, delete_lab, run_in_host
from lab.image import build_image
from lab.lab import OPERATOR, Lab
from lab.network import IPV6_GATEWAY, create_network, namespace_command
from lab.progress import Silence

EVERYTHING_OUT = Rule("egress", "all", "0.0.0.0/0")
SSH_FROM_OPERATOR = Rule("ingress", "tcp", "192.0.2.10/32", (22, 22))
USER = "keeper"


def key_pair() -> tuple[str, str]:
    """A fresh ED25519 key: private and public part as OpenSSH writes them."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


USER_KEY, USER_PUBLIC_KEY = key_pair()
HOST_KEY, HOST_PUBLIC_KEY = key_pair()


def user_data(*commands: list[str]) -> bytes:
    """As the program writes it: a user with a key, the host's own key, a file, a command. `commands` come after it."""
    document = {
        "users": [
            {
                "name": USER,
                "shell": "/bin/bash",
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "ssh_authorized_keys": [USER_PUBLIC_KEY],
            }
        ],
        "ssh_keys": {"ed25519_private": HOST_KEY, "ed25519_public": HOST_PUBLIC_KEY},
        "write_files": [{"path": "/etc/written", "permissions": "0600", "content": "by cloud-init"}],
        "runcmd": [["sh", "-c", "echo run >> /etc/commands-ran"], *commands],
    }
    return f"#cloud-config\n{json.dumps(document)}".encode()


def spec(number: int, *rules: Rule) -> HostSpec:
    """Host `host-N` with public address 198.51.100.N that lets everything out and `rules` in."""
    return HostSpec(
        name=f"host-{number}",
        private_address=f"10.0.0.{number}",
        subnet="10.0.0.0/24",
        gateway="10.0.0.1",
        network="10.0.0.0/16",
        public_address=f"198.51.100.{number}",
        user_data=user_data(),
        firewall=(EVERYTHING_OUT, *rules),
        memory_bytes=1024**3,
        cpus=1.0,
    )


@contextmanager
def lab_of(name: str, folder: Path, *hosts: HostSpec) -> Iterator[Lab]:
    """A lab in a folder of its own, with a network and these hosts. Nothing of it is left afterwards."""
    build_image(Silence())
    lab = Lab(name, folder)
    try:
        create_network(lab)
        for host in hosts:
            create_host(lab, host)
        yield lab
    finally:
        delete_lab(lab)
    assert remains(lab) == []


def blocked(lab: Lab, role: str, address: str, port: int = 22) -> bool:
    """Whether a TCP connection from a namespace of the lab is not answered within a second."""
    return not connects(lab, role, address, port, seconds=1)


def connects(lab: Lab, role: str, address: str, port: int = 22, seconds: float = 20) -> bool:
    """Whether a TCP connection from a namespace of the lab is answered; a first packet may get lost."""
    probe = ["bash", "-c", f"exec 3<> /dev/tcp/{address}/{port}"]
    command = namespace_command(lab, role, ["timeout", str(seconds), *probe])
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def ssh(lab: Lab, address: str, command: str, seconds: float = 30) -> str:
    """Run a command over SSH from the operator's network, the host's key pinned; tries until sshd answers."""
    arguments = [
        sys.executable,
        str(Path(__file__).with_name("ssh_client.py")),
        address,
        USER,
        HOST_PUBLIC_KEY,
        command,
    ]
    deadline = time.monotonic() + seconds
    while True:
        client = namespace_command(lab, OPERATOR, arguments)
        result = subprocess.run(client, input=USER_KEY, capture_output=True, text=True, check=False)
        if result.returncode == 0:
            return result.stdout
        if time.monotonic() > deadline:
            raise AssertionError(f"{address}: no SSH within {seconds:.0f} s: {result.stderr.splitlines()[-1]}")
        time.sleep(0.2)


def take_ipv6(lab: Lab, name: str, address: str) -> None:
    """Set up, in a host of Oracle's cloud, the IPv6 address that it was given. It is lost with the next boot."""
    run_in_host(lab, name, ["ip", "address", "add", f"{address}/128", "dev", "eth0", "nodad"])
    run_in_host(lab, name, ["ip", "route", "add", "default", "via", IPV6_GATEWAY, "dev", "eth0", "src", address])


def block_devices() -> list[str]:
    """Files that the machine's loop devices show."""
    return [shown.read_text().strip() for shown in Path("/sys/block").glob("loop*/loop/backing_file")]


def wait_until_up(lab: Lab, name: str, seconds: float = 60) -> str:
    """What systemd says of itself once the host has started: `running`, or `degraded` when something has failed."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        state = run_in_host(lab, name, ["systemctl", "is-system-running", "--wait"], check=False).strip()
        if state not in ("", "offline"):  # systemd has only just been started
            return state
        time.sleep(0.1)
    raise AssertionError(f"{name} is not up after {seconds:.0f} s")


def remains(lab: Lab) -> list[str]:
    """Namespaces, mounts, control groups, block devices and processes of a lab that are there."""
    found = [str(path) for path in Path("/run/netns").glob(f"{lab.id}.*")]
    found += [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(lab.root) in line]
    # Unlike a glob, this takes groups for gone that go meanwhile: other labs' hosts may be starting.
    found += [f"{folder}/{lab.id}" for folder, below, _ in os.walk("/sys/fs/cgroup") if lab.id in below]
    found += [shown for shown in block_devices() if shown.startswith(str(lab.root))]
    for process in Path("/proc").glob("[0-9]*"):
        try:
            command = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError):
            continue
        if lab.id in command or str(lab.root) in command:
            found.append(command)
    return found
