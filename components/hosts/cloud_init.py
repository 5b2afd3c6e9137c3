"""A new host's user data: what it does by itself at its first start, until it can be reached over the tailnet."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.hosts import joining
from components.hosts.joining import AUTH_KEY_FILE, join_values
from components.remote import PRELUDE, assignments
from components.settings import Settings

SCRIPT = "/var/lib/tailnet-k3s/first-boot.sh"


@dataclass(frozen=True)
class FirstBoot:
    """What a host learns from its user data; the whole of it is a secret."""

    name: str
    user: str
    authorized_key: str
    host_private_key: str
    """ED25519, in OpenSSH format."""
    host_public_key: str
    tailnet_name: str
    auth_key: str


def user_data(boot: FirstBoot, architecture: str, settings: Settings, scripts: tuple[Path, ...] = ()) -> str:
    """A cloud-config document. `scripts` run before the host joins, for what its cloud's images need."""
    values = {
        "HOST": boot.name,
        "STEP": "first-boot",
        "HOSTNAME": boot.tailnet_name,
        **join_values(architecture, settings),
    }
    texts = [script.read_text() for script in (PRELUDE, *scripts, joining.SCRIPT)]
    first_boot = "\n".join(["#!/bin/bash", assignments(values), *texts])
    document: dict[str, Any] = {
        "hostname": boot.name,
        "manage_etc_hosts": "localhost",  # sudo looks its own host up
        "locale": "false",  # setting one needs a package that small images leave out; text, by cloud-init's schema
        "users": [
            {
                "name": boot.user,
                "primary_group": "users",  # Debian has a group named operator, which would stop useradd
                "shell": "/bin/bash",
                "lock_passwd": True,
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "ssh_authorized_keys": [boot.authorized_key],
            }
        ],
        "disable_root": True,
        "ssh_pwauth": False,
        "ssh_deletekeys": True,
        "ssh_keys": {"ed25519_private": boot.host_private_key, "ed25519_public": boot.host_public_key},
        "ca_certs": {"trusted": list(settings.trust.certificates)},
        "write_files": [
            {"path": SCRIPT, "permissions": "0700", "content": first_boot},
            {"path": AUTH_KEY_FILE, "permissions": "0600", "content": boot.auth_key},
        ],
        "runcmd": [["bash", SCRIPT]],
    }
    if not settings.trust.certificates:
        del document["ca_certs"]
    return "#cloud-config\n" + yaml.dump(document, Dumper=_Readable, sort_keys=False, width=1000)


class _Readable(yaml.SafeDumper):
    """Writes texts of several lines as blocks, as one would by hand."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _block)
