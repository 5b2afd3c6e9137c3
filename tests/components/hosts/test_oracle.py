"""Hosts in Oracle's cloud: what is asked of it, in which order, and what is kept secret."""

import base64
from functools import cache
from typing import Any

import pulumi
import yaml

from components.hosts.create import create_hosts
from components.hosts.operator import Operator
from components.settings import Settings
from components.tailnet import Tailnet
from tests.engine import Run, run
from tests.stack import CALLS, settings

HOSTS = ["oracle-1", "oracle-2", "oracle-3", "oracle-4"]


def hosts_of(chosen: Settings, preview: bool = False) -> Run:
    """What the program does to make hosts, and no more."""

    def program() -> None:
        hosts = create_hosts(chosen, Operator("operator"), Tailnet("tailnet", chosen.tailnet))
        pulumi.export("addresses", {name: host.address for name, host in hosts.items()})
        pulumi.export("host_keys", {name: host.connection.host_key for name, host in hosts.items()})
        pulumi.export("roles", {name: sorted(host.roles) for name, host in hosts.items()})

    return run(program, calls=CALLS, preview=preview)


@cache
def lab() -> Run:
    """The hosts of the lab's settings."""
    return hosts_of(settings())


def document(ran: Run, name: str) -> dict[str, Any]:
    """The user data of a host."""
    encoded = ran.one("Instance", name).inputs["metadata"]["user_data"]
    loaded: dict[str, Any] = yaml.safe_load(base64.b64decode(encoded))
    return loaded


def test_no_tcp_port_is_open_to_anyone() -> None:
    (firewall,) = lab().of("SecurityList")
    tcp, everything = "6", "all"
    rules = firewall.inputs["ingressSecurityRules"]
    assert not [rule for rule in rules if rule["protocol"] in {tcp, everything}]
    udp = [rule for rule in rules if rule["protocol"] == "17"]
    assert [(rule["source"], rule["udpOptions"]) for rule in udp] == [("0.0.0.0/0", {"min": 41641, "max": 41641})]


def test_there_is_one_network_however_many_hosts() -> None:
    for kind in ("Vcn", "InternetGateway", "RouteTable", "SecurityList", "Subnet", "OracleNetwork"):
        assert len(lab().of(kind)) == 1
    subnet = lab().one("Subnet", "oracle").inputs
    assert subnet["cidrBlock"] == "10.0.0.0/24"
    assert subnet["securityListIds"] == ["id-of-oracle"]
    assert lab().one("RouteTable", "oracle").inputs["routeRules"] == [
        {"destination": "0.0.0.0/0", "destinationType": "CIDR_BLOCK", "networkEntityId": "id-of-oracle"}
    ]


def test_each_host_is_an_instance_of_its_settings() -> None:
    assert sorted(instance.name for instance in lab().of("Instance")) == HOSTS
    instance = lab().one("Instance", "oracle-4").inputs
    assert instance["displayName"] == "oracle-4"
    assert instance["shape"] == "VM.Standard.E4.Flex"
    assert instance["shapeConfig"] == {"ocpus": 1, "memoryInGbs": 2}
    assert instance["sourceDetails"]["bootVolumeSizeInGbs"] == "50"
    assert instance["availabilityDomain"] == "lab:LAB-REGION-1-AD-1"
    assert instance["createVnicDetails"] == {"subnetId": "id-of-oracle", "assignPublicIp": "true"}


def test_a_shape_brings_its_architectures_image_and_archive() -> None:
    image = {"arm64": "ocid1.image.oc1..arm"}
    ran = hosts_of(settings(oracle={"image": image}, hosts={"oracle-2": {"shape": "VM.Standard.A1.Flex"}}))
    assert ran.one("Instance", "oracle-2").inputs["sourceDetails"]["sourceId"] == "ocid1.image.oc1..arm"
    assert "_arm64.tgz" in document(ran, "oracle-2")["write_files"][0]["content"]


def test_a_fixed_shape_is_asked_for_without_sizes() -> None:
    ran = hosts_of(settings(hosts={"oracle-4": {"shape": "VM.Standard.E2.1.Micro", "memory_gb": None}}))
    assert "shapeConfig" not in ran.one("Instance", "oracle-4").inputs


def test_a_change_of_user_data_or_image_replaces_no_host_that_is_there() -> None:
    for name in HOSTS:
        ignored = lab().one("Instance", name).request.ignoreChanges
        assert list(ignored) == ["metadata", "availabilityDomain", "sourceDetails.sourceId"]


def test_user_data_is_a_secret() -> None:
    for name in HOSTS:
        assert lab().one("Instance", name).secrets == {"metadata"}


def test_each_host_has_a_key_of_its_own_that_is_set_and_pinned() -> None:
    for name in HOSTS:
        assert document(lab(), name)["ssh_keys"]["ed25519_public"] == f"ssh-ed25519 AAAA{name}"
        step = lab().one("Command", f"{name}-first-boot")
        assert step.inputs["connection"]["hostKey"] == f"ssh-ed25519 AAAA{name}"
    assert lab().outputs["host_keys"] == {name: f"ssh-ed25519 AAAA{name}" for name in HOSTS}


def test_each_host_joins_with_a_key_of_its_own_under_its_own_name() -> None:
    for name in HOSTS:
        script, key = document(lab(), name)["write_files"]
        assert key["content"] == f"tskey-auth-{name}"
        assert f"HOSTNAME=lab-{name}-xxxx\n" in script["content"]
        assert document(lab(), name)["hostname"] == name


def test_the_address_is_that_of_the_device_in_the_tailnet() -> None:
    assert lab().outputs["addresses"] == {name: f"100.64.0.{name[-1]}" for name in HOSTS}
    for name in HOSTS:
        assert lab().one("Command", f"{name}-first-boot").inputs["connection"]["host"] == f"100.64.0.{name[-1]}"


def test_hosts_wait_for_the_policy_and_the_network_and_not_for_each_other() -> None:
    before = lab().before(lab().one("Command", "oracle-2-first-boot"))
    assert {"Acl tailnet", "TailnetKey oracle-2", "Subnet oracle", "Instance oracle-2"} <= before
    assert not [label for label in before if "oracle-1" in label or "oracle-3" in label]


def test_an_empty_stack_previews_with_everything_unknown() -> None:
    ran = hosts_of(settings(), preview=True)
    planned = {(resource.type, resource.name) for resource in ran.resources}
    assert planned == {(resource.type, resource.name) for resource in lab().resources}
    assert ran.calls == []


def test_roles_come_from_the_settings_in_their_order() -> None:
    assert lab().outputs["roles"]["oracle-1"] == ["database", "server"]
    assert lab().outputs["roles"]["oracle-4"] == ["agent"]
