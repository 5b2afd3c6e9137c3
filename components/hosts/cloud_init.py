"""User data of a new host: at its first boot, the host joins the tailnet by itself."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from components.rendering import PRELUDE, assignments

SCRIPT = "/var/lib/tailnet-k3s/first-boot.sh"
SSHD = "/etc/ssh/sshd_config.d/00-tailnet-k3s.conf"
# Pulumi pins this host key only. It would ask for other types first, which images and their agents generate.
ONE_HOST_KEY = "HostKey /etc/ssh/ssh_host_ed25519_key\n"
COMMENT = re.compile(r"^ *#.*\n", re.MULTILINE)
"""Oracle takes 32,000 bytes of metadata. The verbs have no here-document in which such a line would be text."""


@dataclass(frozen=True)
class UserDataArgs:
    """Values of one host for its user data; all of them are secret."""

    name: str
    user: str
    authorized_key: str
    host_private_key: str
    """ED25519, in OpenSSH format. For the first connection only."""
    host_public_key: str
    join_values: Mapping[str, str]
    """Variables of the scripts that join the overlay."""
    join_files: Mapping[str, str]
    """Files that those scripts read, by path."""


def user_data(boot: UserDataArgs, certificates: Sequence[str], scripts: tuple[Path, ...]) -> str:
    """A cloud-config document. The host trusts the authorities in `certificates` (PEM). `scripts` run as one."""
    values = {"HOST": boot.name, "STEP": "first-boot", **boot.join_values}
    texts = [COMMENT.sub("", PRELUDE.read_text()), *(script.read_text() for script in scripts)]
    first_boot = "\n".join(["#!/bin/bash", assignments(values), *texts])
    document: dict[str, Any] = {
        "hostname": boot.name,
        "manage_etc_hosts": "localhost",  # sudo looks up its own host's name
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
        "ca_certs": {"trusted": list(certificates)},
        "write_files": [
            {"path": SCRIPT, "permissions": "0700", "content": first_boot},
            *({"path": path, "permissions": "0600", "content": text} for path, text in boot.join_files.items()),
            {"path": SSHD, "permissions": "0600", "content": ONE_HOST_KEY},
        ],
        "runcmd": [["bash", SCRIPT]],
    }
    if not certificates:
        del document["ca_certs"]
    return "#cloud-config\n" + yaml.dump(document, Dumper=_Readable, sort_keys=False, width=1000)


class _Readable(yaml.SafeDumper):
    """Writes texts of several lines as YAML blocks."""


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Readable.add_representer(str, _block)
