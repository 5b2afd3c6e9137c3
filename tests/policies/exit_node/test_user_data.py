"""The rule on exit nodes: user data of a machine in any cloud, in all encodings that cloud-init takes."""

import gzip
import time
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from typing import Any

import pytest
import yaml

from tests.policies.exit_node.rule import INSTANCE, encoded, violations

BAD = "tailscale set --exit-node=home-1\n"
MACHINES: dict[str, Any] = {
    INSTANCE: lambda text: {"metadata": {"user_data": text}},
    "azure-native:compute:VirtualMachine": lambda text: {"osProfile": {"customData": text}},
    "azure-native:compute:VirtualMachineScaleSet": lambda text: {
        "virtualMachineProfile": {"osProfile": {"customData": text}}
    },
    "aws:ec2/instance:Instance": lambda text: {"userDataBase64": text},
    "gcp:compute/instance:Instance": lambda text: {"metadata": {"startup-script": text}},
    "hcloud:index/server:Server": lambda text: {"userData": text},
}


def config(**parts: Any) -> str:
    """A cloud-config document."""
    return "#cloud-config\n" + yaml.dump(parts)


def message(*texts: str) -> str:
    """User data in several parts."""
    whole = MIMEMultipart()
    for text in texts:
        kind = "cloud-config" if text.startswith("#cloud-config") else "x-shellscript"
        whole.attach(MIMEText(text, kind))
    return whole.as_string()


def packed(text: str) -> str:
    return encoded(gzip.compress(text.encode()))


REFUSED = {
    "a script": f"#!/bin/sh\n{BAD}",
    "a script in base64": encoded(f"#!/bin/sh\n{BAD}"),
    "gzip": packed(config(runcmd=[BAD])),
    "parts": encoded(message("#!/bin/sh\necho hello\n", f"#!/bin/sh\n{BAD}")),
    "parts as text": message(config(packages=["curl"]), config(runcmd=[BAD])),
    "parts in gzip": packed(message(f"#!/bin/sh\n{BAD}")),
    "commands as words": config(runcmd=[["tailscale", "set", "--exit-node", "home-1"]]),
    "commands at every boot": config(bootcmd=[BAD]),
    "commands with a variable": config(runcmd=["NAME=exit-node", "tailscale set --$NAME=home-1"]),
    "a file": config(write_files=[{"path": "/x.sh", "content": BAD}]),
    "a file in base64": config(write_files=[{"path": "/x.sh", "encoding": "b64", "content": encoded(BAD)}]),
    "a file in gzip": config(write_files=[{"path": "/x.sh", "encoding": "gz+b64", "content": packed(BAD)}]),
    "a file in bytes": config(write_files=[{"path": "/x.sh", "content": BAD.encode()}]),
    "a file of bytes in gzip": config(
        write_files=[{"path": "/x.sh", "encoding": "gz", "content": gzip.compress(BAD.encode())}]
    ),
    "preferences": config(write_files=[{"path": "/x.json", "content": '{"AdvertiseRoutes": ["::/0"]}'}]),
    "a template": f"## template: jinja\n{config(runcmd=[BAD])}",
    "YAML that can not be read": f"#cloud-config\nruncmd: [\n- {BAD}",
}
ALLOWED = {
    "a comment": f"#cloud-config\n# {BAD}runcmd: [tailscale up]\n",
    "a comment in a file": config(write_files=[{"path": "/x.sh", "content": f"# {BAD}tailscale up\n"}]),
    "a document": config(write_files=[{"path": "/root/README.md", "content": BAD}]),
    "a document in gzip": config(
        write_files=[{"path": "/usr/share/doc/x.md", "encoding": "gz+b64", "content": packed(BAD)}]
    ),
    "the login's message": config(write_files=[{"path": "/etc/motd", "content": BAD}]),
    "nothing packed": encoded(b"\x1f\x8b not packed at all"),
    "no text": encoded(bytes(range(256))),
}


@pytest.mark.parametrize("kind", MACHINES)
@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_refuses(text: str, kind: str) -> None:
    assert violations(kind, **MACHINES[kind](text))


@pytest.mark.parametrize("text", ALLOWED.values(), ids=ALLOWED.keys())
def test_allows(text: str) -> None:
    assert violations(INSTANCE, metadata={"user_data": text}) == []
    assert violations(INSTANCE, metadata={"user_data": encoded(text)}) == []


def test_the_report_names_the_place() -> None:
    (found,) = violations("azure-native:compute:VirtualMachine", osProfile={"customData": encoded(f"#!/bin/sh\n{BAD}")})
    assert found.startswith("thing: osProfile.customData has --exit-node home-1.")


def test_a_packed_bomb_costs_little() -> None:
    bomb = encoded(gzip.compress(b" " * 20_000_000, compresslevel=1))
    begin = time.process_time()
    assert violations(INSTANCE, metadata={"user_data": bomb}) == []
    assert time.process_time() - begin < 2


@pytest.mark.parametrize(
    "props",
    [
        {"displayName": BAD},
        {"freeformTags": {"note": BAD}},
        {"metadata": {"ssh_authorized_keys": f"ssh-ed25519 AAAA {BAD}"}},
        {"description": BAD, "tags": [BAD]},
    ],
    ids=["its name", "a tag", "a key's comment", "a description"],
)
def test_allows_inputs_that_set_nothing_up(props: dict[str, Any]) -> None:
    assert violations(INSTANCE, **props) == []
