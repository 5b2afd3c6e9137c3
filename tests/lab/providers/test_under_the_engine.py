"""The oci and tailscale stand-ins under the real engine: previews, updates, replacements, secrets, refusals."""

import base64
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
import pulumi_tailscale as tailscale
import pytest
from pulumi import automation

from tests.lab.providers.oci.cloud import COMPARTMENT, SHAPE
from tests.lab.providers.programs import executable, program
from tests.lab.providers.tailscale.server import headscale

pytestmark = pytest.mark.lab

DOMAIN = "lab:LAB-REGION-1-AD-1"
POLICY = json.dumps({"tagOwners": {"tag:cluster": []}, "acls": []})
PARTS = 13
"""Resources of the program below, the stack's own left out."""


@dataclass
class Wanted:
    """What the program below is to make; tests change it."""

    name: str = "oracle-1"
    greeting: str = "hello"
    subnet: str = "10.0.0.0/24"
    volume_gb: int = 50
    visited: bool = True
    more: dict[str, Any] = field(default_factory=dict)


def network_and_instance(wanted: Wanted) -> None:
    """A policy, a key, a network, and an instance that gets the key as a part of its user data."""
    from pulumi_oci import core

    from components.clouds.oracle.address import AddressArgs, assign  # the program's own, for what engines make of it

    policy = tailscale.Acl("policy", acl=POLICY)
    key = tailscale.TailnetKey(
        "key", tags=["tag:cluster"], expiry=600, opts=pulumi.ResourceOptions(depends_on=[policy])
    )
    vcn = core.Vcn("vcn", compartment_id=COMPARTMENT, cidr_blocks=["10.0.0.0/16"], is_ipv6enabled=True)
    gateway = core.InternetGateway("gateway", compartment_id=COMPARTMENT, vcn_id=vcn.id)
    group = core.NetworkSecurityGroup("group", compartment_id=COMPARTMENT, vcn_id=vcn.id)
    core.NetworkSecurityGroupSecurityRule(
        "rule",
        network_security_group_id=group.id,
        direction="INGRESS",
        protocol="58",
        source="::/0",
        icmp_options=core.NetworkSecurityGroupSecurityRuleIcmpOptionsArgs(type=2, code=0),
    )
    routes = core.RouteTable(
        "routes",
        compartment_id=COMPARTMENT,
        vcn_id=vcn.id,
        route_rules=[core.RouteTableRouteRuleArgs(network_entity_id=gateway.id, destination="::/0")],
    )
    firewall = core.SecurityList(
        "firewall",
        compartment_id=COMPARTMENT,
        vcn_id=vcn.id,
        egress_security_rules=[core.SecurityListEgressSecurityRuleArgs(protocol="all", destination="0.0.0.0/0")],
    )
    subnet = core.Subnet(
        "subnet",
        compartment_id=COMPARTMENT,
        vcn_id=vcn.id,
        cidr_block=wanted.subnet,
        ipv6cidr_block=vcn.ipv6cidr_blocks.apply(lambda blocks: blocks[0].replace("/56", "/64")),
        route_table_id=routes.id,
        security_list_ids=[firewall.id],
    )
    user_data = key.key.apply(lambda text: base64.b64encode(f"{wanted.greeting} {text}".encode()).decode())
    instance = core.Instance(
        "instance",
        display_name=wanted.name,
        compartment_id=COMPARTMENT,
        availability_domain=DOMAIN,
        shape=SHAPE,
        shape_config=core.InstanceShapeConfigArgs(ocpus=1, memory_in_gbs=4),
        source_details=core.InstanceSourceDetailsArgs(source_type="image", source_id="ocid1.image.oc1.lab.debian"),
        create_vnic_details=core.InstanceCreateVnicDetailsArgs(
            subnet_id=subnet.id,
            assign_public_ip="false",
            assign_ipv6ip=True,
            nsg_ids=[group.id] if wanted.visited else [],
        ),
        metadata={"user_data": user_data},
        opts=pulumi.ResourceOptions(delete_before_replace=True),
        **wanted.more,
    )
    asked = pulumi.InvokeOutputOptions(depends_on=[instance])
    cards = core.get_vnic_attachments_output(compartment_id=COMPARTMENT, instance_id=instance.id, opts=asked)
    card = cards.vnic_attachments.apply(lambda found: found[0].vnic_id)
    public = assign("public", AddressArgs(instance, COMPARTMENT, wanted.visited, ipv6=True)).way_out
    volume = core.Volume(
        "volume", compartment_id=COMPARTMENT, availability_domain=DOMAIN, size_in_gbs=str(wanted.volume_gb)
    )
    core.VolumeAttachment(
        "attachment",
        attachment_type="paravirtualized",
        instance_id=instance.id,
        volume_id=volume.id,
        device="/dev/oracleoci/oraclevdb",
        opts=pulumi.ResourceOptions(delete_before_replace=True),
    )
    device = (
        tailscale.get_device_output(hostname="oracle-9", opts=pulumi.InvokeOutputOptions(depends_on=[instance]))
        if wanted.name == "looked-up"
        else None
    )
    pulumi.export("address", device.addresses if device else instance.private_ip)
    pulumi.export("key", key.key)
    pulumi.export("instance", instance.id)
    pulumi.export("public", public.ip_address)
    pulumi.export("ipv6", core.get_vnic_output(vnic_id=card, opts=asked).ipv6addresses)


@dataclass
class Engine:
    """One stack; every run is of the program as wanted at that moment."""

    stack: automation.Stack
    wanted: Wanted
    state: Path
    """The file in which the engine keeps it."""
    cloud: Path
    """The folder of Oracle's cloud."""

    def preview(self) -> dict[str, int]:
        """How many resources are to be created, updated, …; the stack's own left out."""
        counts = {
            str(getattr(kind, "value", kind)): count for kind, count in self.stack.preview().change_summary.items()
        }
        return without_stack(counts)

    def up(self) -> dict[str, int]:
        """The same of what was done."""
        done = self.stack.up().summary.resource_changes or {}
        return without_stack({str(kind): count for kind, count in done.items()})


def without_stack(counts: dict[str, int]) -> dict[str, int]:
    """Counts of resources without the one that stands for the stack."""
    kind = "create" if counts.get("create", 0) > PARTS else "same"
    counts[kind] = counts.get(kind, 0) - 1
    return {kind: count for kind, count in counts.items() if count > 0}


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    with headscale(tmp_path) as server:
        binaries, wanted = tmp_path / "bin", Wanted()
        binaries.mkdir()
        (binaries / "pulumi").symlink_to(program("pulumi"))
        executable(
            binaries / "pulumi-resource-oci",
            "from pathlib import Path",
            "from lab.providers.oci.provider import OciProvider",
            "from lab.providers.server import serve",
            "from tests.lab.providers.oci.cloud import LastingMachines",
            f"folder = Path({str(tmp_path)!r})",
            "serve('oci', lambda log: OciProvider(folder / 'cloud', LastingMachines(folder / 'machines')))",
        )
        executable(
            binaries / "pulumi-resource-tailscale",
            "from lab.providers.server import serve",
            "from lab.providers.tailscale.provider import TailscaleProvider",
            "serve('tailscale', lambda log: TailscaleProvider())",
        )
        environment = {
            "PATH": f"{binaries}:{os.environ['PATH']}",
            "PULUMI_HOME": str(tmp_path / "home"),
            "PULUMI_CONFIG_PASSPHRASE": "test",
            "TAILSCALE_BASE_URL": server.url,
            "TAILSCALE_API_KEY": server.api_key,
        }
        for name, text in environment.items():
            monkeypatch.setenv(name, text)
        state = tmp_path / "state"
        state.mkdir()
        stack = automation.create_or_select_stack(
            "test",
            "stand-ins",
            lambda: network_and_instance(wanted),
            opts=automation.LocalWorkspaceOptions(
                work_dir=str(tmp_path),
                project_settings=automation.ProjectSettings(
                    "stand-ins", "python", backend=automation.ProjectBackend(f"file://{state}")
                ),
            ),
        )
        yield Engine(stack, wanted, state / ".pulumi" / "stacks" / "stand-ins" / "test.json", tmp_path / "cloud")


def test_life_of_a_stack(engine: Engine) -> None:
    assert engine.preview() == {"create": PARTS}
    assert engine.up() == {"create": PARTS}
    outputs = engine.stack.outputs()
    assert outputs["address"].value == "10.0.0.2"
    assert outputs["public"].value == "198.51.100.10"
    assert outputs["ipv6"].value == ["2001:db8:100::2"]
    assert outputs["key"].secret
    state = engine.state.read_text()
    assert "metadata" in state
    assert outputs["key"].value not in state
    assert base64.b64encode(f"hello {outputs['key'].value}".encode()).decode() not in state

    assert engine.up() == {"same": PARTS}
    engine.stack.refresh()
    assert engine.up() == {"same": PARTS}

    engine.wanted.name = "renamed"
    assert engine.preview() == {"same": PARTS - 1, "update": 1}
    assert engine.up() == {"same": PARTS - 1, "update": 1}

    engine.wanted.volume_gb = 60
    assert engine.up() == {"same": PARTS - 1, "update": 1}

    # A new instance has the same public address and the same volume.
    engine.wanted.greeting = "good morning"
    assert engine.up() == {"same": PARTS - 3, "replace": 2, "update": 1}
    assert engine.stack.outputs()["public"].value == "198.51.100.10"

    engine.wanted.subnet = "10.0.1.0/24"
    with pytest.raises(automation.CommandError, match="409-Conflict: still used by instance renamed"):
        engine.stack.up()
    engine.wanted.subnet = "10.0.0.0/24"
    assert engine.up() == {"same": PARTS}

    deleted = engine.stack.destroy().summary.resource_changes or {}
    assert {str(kind): count for kind, count in deleted.items()} == {"delete": PARTS + 1}


def test_a_role_that_comes_or_goes_replaces_the_address_alone(engine: Engine) -> None:
    engine.stack.up()
    instance = engine.stack.outputs()["instance"].value
    for visited in (False, True, False):
        engine.wanted.visited = visited
        changes = {"same": PARTS - 2, "update": 1, "replace": 1}
        assert engine.preview() == changes
        assert engine.up() == changes
        assert engine.up() == {"same": PARTS}
        engine.stack.refresh()
        assert engine.up() == {"same": PARTS}
        assert engine.stack.outputs()["instance"].value == instance

    # An address that can't be assigned to a new instance is replaced with the old one, and so is the volume's place.
    engine.wanted.greeting = "good morning"
    assert engine.up() == {"same": PARTS - 3, "replace": 3}
    assert engine.up() == {"same": PARTS}
    engine.stack.destroy()


def test_a_full_domain_is_an_error_until_there_is_room(engine: Engine) -> None:
    conditions = engine.cloud / "conditions.json"
    engine.cloud.mkdir()
    conditions.write_text('{"full": ["AD-1"]}')
    with pytest.raises(automation.CommandError, match="500-InternalError: Out of host capacity"):
        engine.stack.up()
    conditions.unlink()
    engine.stack.up()
    assert engine.up() == {"same": PARTS}


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (
            Wanted(subnet="10.9.0.0/24"),
            r"400-InvalidParameter: 10\.9\.0\.0/24 is not within its VCN \(10\.0\.0\.0/16\)",
        ),
        (Wanted(more={"fault_domain": "FAULT-DOMAIN-2", "state": "ASLEEP"}), "state is RUNNING or STOPPED, not ASLEEP"),
        (Wanted(name="looked-up"), "tailnet: no device with hostname=oracle-9: has it joined?"),
    ],
)
def test_errors_name_the_cause(engine: Engine, change: Wanted, line: str) -> None:
    engine.wanted.__dict__.update(change.__dict__)
    with pytest.raises(automation.CommandError, match=line):
        engine.stack.up()
