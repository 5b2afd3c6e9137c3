"""Settings, hosts and answers of clouds that tests start from, so that each test says only what it is about."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import yaml
from pulumi.runtime.config import set_all_config

from components.hosts.host import Connection, Host
from components.settings.load import Settings

ROOT = Path(__file__).parent.parent
STACKS = (ROOT / "Pulumi.lab.yaml", ROOT / "Pulumi.dev.yaml")
"""The stacks of this project. By name: owners have files of their own beside them."""

CREDENTIALS = {
    "oci:auth": "InstancePrincipal",
    "azure-native:useMsi": "true",
    "azure-native:subscriptionId": "test",
    "cloudflare:apiToken": "test",
    "tailscale:apiKey": "test",
}
"""Settings of providers by which each of them could log in, for programs that load their settings from a stack."""


def stack_settings(file: Path = ROOT / "tests" / "stack.yaml") -> dict[str, Any]:
    """Settings of a stack's file, by their names in Pulumi.yaml. A new copy each time."""
    config = yaml.safe_load(file.read_text())["config"]
    return {key.removeprefix("tailnet-k3s:"): value for key, value in config.items() if key.startswith("tailnet-k3s:")}


def configure(values: Mapping[str, Any], others: Mapping[str, str] = CREDENTIALS) -> None:
    """Give a program under mocks the settings of its stack, by name, and of providers. All count as encrypted."""
    config = {**{f"tailnet-k3s:{name}": json.dumps(value) for name, value in values.items()}, **others}
    set_all_config(config, list(config))


def settings(**changes: dict[str, Any]) -> Settings:
    """The settings of stack.yaml with maps put over them: `settings(k3s={"disable": []})`."""
    return Settings.check(overlaid(stack_settings(), changes), "Pulumi.lab.yaml")


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
    """The tailnet's answer for a device `lab-oracle-2-xxxx`: 100.64.0.2, after an IPv6 address. A host whose name ends
    with no number has any address."""
    last = args["hostname"].split("-")[-2]
    number = int(last) if last.isdigit() else 100 + sum(last.encode()) % 100
    return {**args, "id": f"device-{last}", "addresses": ["fd7a:115c:a1e0::1", f"100.64.0.{number}"]}


def new_tailnet(args: dict[str, Any]) -> dict[str, Any]:
    """The tailnet's answer for its policy: as Tailscale makes it for a new one."""
    text = '{"grants":[{"src":["*"],"dst":["*"],"ip":["*"]}]}'
    return {**args, "id": "policy", "hujson": text, "json": text}


def cloudflare_ranges(args: dict[str, Any]) -> dict[str, Any]:
    """Cloudflare's word on where its requests come from."""
    return {**args, "etag": "1", "ipv4Cidrs": ["192.0.2.32/28", "192.0.2.0/28"], "ipv6Cidrs": ["2001:db8:f::/48"]}


def cloudflare_zones(args: dict[str, Any]) -> dict[str, Any]:
    """Cloudflare's answer for a zone by its name."""
    return {**args, "results": [{"id": "f" * 32, "name": args["name"]}]}


def cloudflare_setting(args: dict[str, Any]) -> dict[str, Any]:
    """Cloudflare's answer for a setting of a zone: that of a new one."""
    return {**args, "id": args["settingId"], "value": "full"}


def cloudflare_records(args: dict[str, Any]) -> dict[str, Any]:
    """Cloudflare's answer for the records of a name: none."""
    return {**args, "results": []}


def oracle_domains(args: dict[str, Any]) -> dict[str, Any]:
    """Oracle's answer for the availability domains of a region."""
    names = [f"lab:LAB-REGION-1-AD-{number}" for number in (1, 2, 3)]
    domains = [{"compartmentId": args["compartmentId"], "id": f"id-of-{name}", "name": name} for name in names]
    return {**args, "id": "domains", "availabilityDomains": domains}


def oracle_vnic_attachments(args: dict[str, Any]) -> dict[str, Any]:
    """Oracle's answer for the interfaces of an instance: one."""
    number = args["instanceId"].rpartition("-")[2]
    return {**args, "id": "attachments", "vnicAttachments": [{"vnicId": f"vnic-{number}", "state": "ATTACHED"}]}


def oracle_private_ips(args: dict[str, Any]) -> dict[str, Any]:
    """Oracle's answer for the private addresses of an interface: a second one, and the one it was made with."""
    addresses = [{"id": f"private-{which}-of-{args['vnicId']}", "isPrimary": which == "1"} for which in "21"]
    return {**args, "id": "addresses", "privateIps": addresses}


def oracle_vnic(args: dict[str, Any]) -> dict[str, Any]:
    """Oracle's answer for an interface."""
    number = args["vnicId"].rpartition("-")[2]
    return {**args, "id": args["vnicId"], "ipv6addresses": [f"2001:db8:100::{number}"], "publicIpAddress": ""}


def new_stack(_: dict[str, Any]) -> dict[str, Any]:
    """The state of a stack that was never updated: there is nothing for the look to look at."""
    return {"outputs": {}}


CALLS = {
    "oci:Core/getPrivateIps:getPrivateIps": oracle_private_ips,
    "oci:Core/getVnic:getVnic": oracle_vnic,
    "oci:Core/getVnicAttachments:getVnicAttachments": oracle_vnic_attachments,
    "oci:Identity/getAvailabilityDomains:getAvailabilityDomains": oracle_domains,
    "tailscale:index/getAcl:getAcl": new_tailnet,
    "tailscale:index/getDevice:getDevice": tailnet_device,
    "cloudflare:index/getIpRanges:getIpRanges": cloudflare_ranges,
    "cloudflare:index/getZones:getZones": cloudflare_zones,
    "cloudflare:index/getZoneSetting:getZoneSetting": cloudflare_setting,
    "cloudflare:index/getDnsRecords:getDnsRecords": cloudflare_records,
    "pulumi:pulumi:readStackOutputs": new_stack,
    "pulumi:pulumi:readStackResourceOutputs": new_stack,
}


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
        device=pulumi.Output.from_input(f"lab-{name}-xxxx"),
        machine=machine,
        ready=(machine,),
    )
