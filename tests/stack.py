"""Settings, hosts and answers of clouds that tests start from, so that each test says only what it is about."""

from pathlib import Path
from typing import Any

import pulumi
import yaml

from components.hosts.host import Connection, Host
from components.settings import Settings

ROOT = Path(__file__).parent.parent


def lab_settings() -> dict[str, Any]:
    """The settings of the lab stack, by their names in Pulumi.yaml. A new copy each time."""
    config = yaml.safe_load((ROOT / "Pulumi.lab.yaml").read_text())["config"]
    return {key.removeprefix("tailnet-k3s:"): value for key, value in config.items() if key.startswith("tailnet-k3s:")}


def settings(**changes: dict[str, Any]) -> Settings:
    """The lab's settings with maps put over them: `settings(k3s={"disable": []})`."""
    return Settings.check(overlaid(lab_settings(), changes), "Pulumi.lab.yaml")


def overlaid(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Maps merged at every depth; a null takes a key out."""
    merged = dict(base)
    for key, value in changes.items():
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(merged.get(key), dict):
            merged[key] = overlaid(merged[key], value)
        else:
            merged[key] = value
    return merged


def tailnet_device(args: dict[str, Any]) -> dict[str, Any]:
    """The tailnet's answer for a device `lab-oracle-2-xxxx`: 100.64.0.2, after an IPv6 address."""
    number = args["hostname"].split("-")[-2]
    return {**args, "id": f"device-{number}", "addresses": ["fd7a:115c:a1e0::1", f"100.64.0.{number}"]}


CALLS = {"tailscale:index/getDevice:getDevice": tailnet_device}


def host(name: str, number: int, *roles: str) -> Host:
    """A host that is ready, at 100.64.0.NUMBER. To be made within a run, for it has resources."""
    machine = pulumi.CustomResource("test:index:Machine", name)
    return Host(
        name=name,
        roles=frozenset(roles),
        labels={},
        taints=(),
        architecture="amd64",
        connection=Connection(
            address=pulumi.Output.from_input(f"100.64.0.{number}"),
            user="operator",
            private_key=pulumi.Output.secret("the operator's key"),
            host_key=pulumi.Output.from_input(f"ssh-ed25519 AAAA{name}"),
        ),
        machine=machine,
        ready=(machine,),
    )
