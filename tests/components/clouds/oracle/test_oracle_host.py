"""Hosts in Oracle's cloud: what is asked of it, in which order, and what is kept secret."""

import base64
from functools import cache
from typing import Any

import pulumi
import pytest
import yaml

from components.settings.load import Settings
from tests.components.hosts.kinds import NOBODY, ORACLE, VISITED_ROLES, VISITORS, hosts_of, mixed, plain, visited
from tests.components.step_values import values
from tests.engine import Run
from tests.stack import settings

HOSTS = ["oracle-1", "oracle-2", "oracle-3", "oracle-4"]


@cache
def lab() -> Run:
    """Four hosts that nobody visits."""
    hosts: dict[str, Any] = {f"oracle-{number}": ORACLE for number in (1, 2, 3)}
    return hosts_of(settings(hosts={**hosts, "oracle-4": {**ORACLE, "roles": ["agent"], "memory_gb": 2}}), NOBODY)


def one(host: dict[str, Any], **changes: Any) -> Settings:
    """A host oracle-5 beside others."""
    return mixed(hosts={"oracle-5": {**ORACLE, **host}}, **changes)


def document(ran: Run, name: str) -> dict[str, Any]:
    """The user data of a host."""
    encoded = ran.one("Instance", name).inputs["metadata"]["user_data"]
    loaded: dict[str, Any] = yaml.safe_load(base64.b64decode(encoded))
    return loaded


def test_no_tcp_port_of_the_network_is_open_to_anyone() -> None:
    (firewall,) = visited().of("SecurityList")
    tcp, everything = "6", "all"
    rules = firewall.inputs["ingressSecurityRules"]
    assert not [rule for rule in rules if rule["protocol"] in {tcp, everything}]
    udp = [(rule["source"], rule["udpOptions"]) for rule in rules if rule["protocol"] == "17"]
    assert udp == [(source, {"min": 41641, "max": 41641}) for source in ("0.0.0.0/0", "::/0")]


def test_there_is_one_network_however_many_hosts() -> None:
    for kind in ("Vcn", "InternetGateway", "RouteTable", "SecurityList", "Subnet", "OracleNetwork"):
        assert len(lab().of(kind)) == 1
    subnet = lab().one("Subnet", "oracle").inputs
    assert subnet["cidrBlock"] == "10.0.0.0/24"
    assert subnet["ipv6cidrBlock"] == "2001:db8:100::/64"
    assert subnet["securityListIds"] == ["id-of-oracle"]
    assert lab().one("RouteTable", "oracle").inputs["routeRules"] == [
        {"destination": everywhere, "destinationType": "CIDR_BLOCK", "networkEntityId": "id-of-oracle"}
        for everywhere in ("0.0.0.0/0", "::/0")
    ]


def test_without_ipv6_nothing_of_it_is_asked_for() -> None:
    ran = hosts_of(one({"roles": VISITED_ROLES}, oracle={"ipv6": False}))
    assert not {"isIpv6enabled", "isOracleGuaAllocationEnabled"} & ran.one("Vcn", "oracle").inputs.keys()
    assert "ipv6cidrBlock" not in ran.one("Subnet", "oracle").inputs
    assert len(ran.one("RouteTable", "oracle").inputs["routeRules"]) == 1
    assert "::/0" not in str(ran.one("SecurityList", "oracle").inputs)
    assert "assignIpv6ip" not in ran.one("Instance", "oracle-5").inputs["createVnicDetails"]
    assert {rule.inputs["source"] for rule in ran.of("NetworkSecurityGroupSecurityRule")} == set(VISITORS.ipv4)
    assert "oci:Core/getVnic:getVnic" not in [token for token, _ in ran.calls]
    assert "oracle-5" not in ran.outputs["ipv6"]


def test_each_host_is_an_instance_of_its_settings() -> None:
    assert sorted(instance.name for instance in lab().of("Instance")) == HOSTS
    instance = lab().one("Instance", "oracle-4").inputs
    assert instance["displayName"] == "lab-oracle-4"
    assert instance["freeformTags"] == {"stack": "lab"}
    assert instance["shape"] == "VM.Standard.E4.Flex"
    assert instance["shapeConfig"] == {"ocpus": 1, "memoryInGbs": 2}
    assert instance["sourceDetails"]["bootVolumeSizeInGbs"] == "50"
    assert instance["availabilityDomain"] == "lab:LAB-REGION-1-AD-1"
    assert "faultDomain" not in instance
    assert instance["createVnicDetails"] == {
        "subnetId": "id-of-oracle",
        "hostnameLabel": "oracle-4",
        "assignPublicIp": "false",
        "assignIpv6ip": True,
        "nsgIds": [],
    }


@pytest.mark.parametrize(("name", "label"), [("007", "host--007"), ("x", "host--x"), ("no", "no"), ("b-2", "b-2")])
def test_a_name_that_oracles_dns_may_refuse_has_another_there(name: str, label: str) -> None:
    ran = hosts_of(settings(hosts={name: {**ORACLE, "memory_gb": 2, "roles": ["agent"]}}), NOBODY)
    assert ran.one("Instance", name).inputs["createVnicDetails"]["hostnameLabel"] == label


def test_a_host_can_choose_its_domains() -> None:
    chosen = {"availability_domain": "lab:LAB-REGION-1-AD-2", "fault_domain": "FAULT-DOMAIN-3"}
    instance = hosts_of(one(chosen)).one("Instance", "oracle-5").inputs
    assert (instance["availabilityDomain"], instance["faultDomain"]) == ("lab:LAB-REGION-1-AD-2", "FAULT-DOMAIN-3")


def test_a_shape_brings_its_architectures_image_and_archive() -> None:
    image = {"arm64": "ocid1.image.oc1..arm"}
    ran = hosts_of(one({"shape": "VM.Standard.A1.Flex"}, oracle={"image": image}))
    assert ran.one("Instance", "oracle-5").inputs["sourceDetails"]["sourceId"] == "ocid1.image.oc1..arm"
    assert "_arm64.tgz" in document(ran, "oracle-5")["write_files"][0]["content"]


def test_a_fixed_shape_is_asked_for_without_sizes() -> None:
    micro = {key: value for key, value in ORACLE.items() if key != "memory_gb"}
    micro |= {"shape": "VM.Standard.E2.1.Micro", "roles": ["agent"]}
    ran = hosts_of(settings(hosts={"oracle-4": None, "oracle-5": micro}), NOBODY)
    assert "shapeConfig" not in ran.one("Instance", "oracle-5").inputs


FAMILY = {"image": {"amd64": None}, "image_family": "Canonical Ubuntu 24.04"}


def test_an_image_that_is_not_pinned_is_the_newest_of_its_family() -> None:
    asked: list[dict[str, Any]] = []

    def images(args: dict[str, Any]) -> dict[str, Any]:
        asked.append(args)
        return {**args, "id": "images", "images": [{"id": "ocid1.image.newest"}, {"id": "ocid1.image.older"}]}

    ran = hosts_of(one({}, oracle=FAMILY), getImages=images)
    assert ran.one("Instance", "oracle-5").inputs["sourceDetails"]["sourceId"] == "ocid1.image.newest"
    (question,) = asked
    assert question["operatingSystem"] == "Canonical Ubuntu"
    assert question["operatingSystemVersion"] == "24.04"
    assert (question["shape"], question["state"]) == ("VM.Standard.E4.Flex", "AVAILABLE")
    assert (question["sortBy"], question["sortOrder"]) == ("TIMECREATED", "DESC")


def test_a_family_without_an_image_for_the_shape_is_an_error_that_says_so() -> None:
    with pytest.raises(pulumi.RunError, match=r"oracle.image_family: .* no image of Canonical Ubuntu 24.04 for VM"):
        hosts_of(one({}, oracle=FAMILY), getImages=lambda args: {**args, "id": "images", "images": []})


def test_a_change_of_what_only_a_new_host_can_have_replaces_none_that_is_there() -> None:
    for name in HOSTS:
        assert list(lab().one("Instance", name).request.ignoreChanges) == [
            "metadata",
            "availabilityDomain",
            "faultDomain",
            "sourceDetails.sourceId",
            "createVnicDetails.assignIpv6ip",
        ]


def test_user_data_is_a_secret() -> None:
    for name in HOSTS:
        assert lab().one("Instance", name).secrets == {"metadata"}


def test_only_hosts_of_ingress_are_in_the_group_that_visitors_reach() -> None:
    hosts = {"oracle-5": {**ORACLE, "roles": VISITED_ROLES}, "oracle-8": {**ORACLE, "roles": ["agent"]}}
    ran = hosts_of(mixed(hosts=hosts))
    assert ran.one("NetworkSecurityGroup", "oracle-visitors").inputs["displayName"] == "lab-oracle-visitors"
    assert ran.one("Instance", "oracle-5").inputs["createVnicDetails"]["nsgIds"] == ["id-of-oracle-visitors"]
    assert ran.one("Instance", "oracle-8").inputs["createVnicDetails"]["nsgIds"] == []


def test_visitors_reach_80_and_443_from_their_ranges_and_nothing_else() -> None:
    rules = [rule.inputs for rule in visited().of("NetworkSecurityGroupSecurityRule")]
    assert {(rule["direction"], rule["protocol"], rule["sourceType"]) for rule in rules} == {
        ("INGRESS", "6", "CIDR_BLOCK")
    }
    ports = [(rule["source"], rule["tcpOptions"]["destinationPortRange"]) for rule in rules]
    assert sorted(ports, key=str) == sorted(
        ((source, {"min": port, "max": port}) for source in VISITORS.all for port in (80, 443)), key=str
    )


def test_a_range_that_comes_changes_no_other_rule() -> None:
    wider = type(VISITORS)((*VISITORS.ipv4, "198.51.100.0/24"), VISITORS.ipv6)
    before = {resource.name for resource in visited().of("NetworkSecurityGroupSecurityRule")}
    ran = hosts_of(one({"roles": VISITED_ROLES}), wider)
    after = {resource.name for resource in ran.of("NetworkSecurityGroupSecurityRule")}
    assert after - before == {f"oracle-visitors-{port}-198.51.100.0-24" for port in (80, 443)}
    assert not before - after


def test_without_visitors_there_is_no_group() -> None:
    ran = hosts_of(one({"roles": VISITED_ROLES}), NOBODY)
    assert not [group for group in ran.of("NetworkSecurityGroup") if group.type.startswith("oci:")]
    assert ran.one("Instance", "oracle-5").inputs["createVnicDetails"]["nsgIds"] == []


def test_a_host_of_ingress_has_a_reserved_address_that_outlives_it() -> None:
    ran = visited()
    address = ran.one("PublicIp", "oracle-5")
    assert (address.inputs["lifetime"], address.inputs["privateIpId"]) == ("RESERVED", "private-1-of-vnic-5")
    assert list(address.request.replaceOnChanges) == []
    assert ran.outputs["ipv4"]["oracle-5"] == "198.51.100.5"
    assert ran.outputs["ipv6"]["oracle-5"] == "2001:db8:100::5"


def test_any_other_host_has_an_address_that_goes_with_it_and_that_nobody_is_told() -> None:
    address = plain().one("PublicIp", "oracle-5")
    assert (address.inputs["lifetime"], address.inputs["privateIpId"]) == ("EPHEMERAL", "private-1-of-vnic-5")
    assert list(address.request.replaceOnChanges) == ["privateIpId"]
    assert (plain().outputs.get("ipv4") or {}).get("oracle-5") is None
    assert "oci:Core/getVnic:getVnic" not in [token for token, _ in plain().calls]


def test_a_change_of_the_role_ingress_replaces_the_address_alone_and_takes_the_old_one_first() -> None:
    without = hosts_of(one({"roles": ["server", "database"]}))
    visited_too = hosts_of(one({"roles": VISITED_ROLES}))
    before, after = (ran.one("Instance", "oracle-5").inputs for ran in (without, visited_too))
    network = before["createVnicDetails"] | {"nsgIds": after["createVnicDetails"]["nsgIds"]}
    assert after == before | {"createVnicDetails": network}, "the groups are all that differs, and can change"
    for ran in (without, visited_too):
        assert ran.one("PublicIp", "oracle-5").request.deleteBeforeReplace is True


def test_steps_come_after_the_address_and_are_undone_before_it_goes() -> None:
    assert "PublicIp oracle-2" in lab().one("Command", "oracle-2-first-boot").after


def test_the_tailnets_answer_is_waited_for_while_the_address_comes() -> None:
    """Else a preview of a new address would know no host's place in the tailnet, and nothing that comes after."""
    given_by = lab().one("Command", "oracle-2-first-boot").request.propertyDependencies["connection"].urns
    assert any("Instance::oracle-2" in urn for urn in given_by)
    assert not any("PublicIp" in urn for urn in given_by)


def test_a_visited_host_that_was_made_without_ipv6_is_an_error_that_says_so() -> None:
    def bare(args: dict[str, Any]) -> dict[str, Any]:
        return {**args, "id": args["vnicId"], "ipv6addresses": []}

    with pytest.raises(pulumi.RunError, match="oracle-5 has no IPv6 address, for it was created without"):
        hosts_of(one({"roles": VISITED_ROLES}), getVnic=bare)


NOT_TAKEN = "its router fe80::1 does not answer"


def looked_at(said: str) -> Run:
    """A host that is visited, after the look at its IPv6."""
    command = {"command:remote:Command": lambda name, _: {"stdout": said if name == "oracle-5-ipv6" else ""}}
    return hosts_of(one({"roles": VISITED_ROLES}), provided=command)


def test_a_visited_host_takes_its_ipv6_address_before_anybody_is_led_to_it() -> None:
    step = visited().one("Command", "oracle-5-ipv6")
    assert {"ADDRESS=2001:db8:100::5", "GATEWAY=fe80::1"} <= set(values(step).splitlines())
    assert "Command oracle-5-first-boot" in visited().before(step)
    assert visited().outputs["has_ipv6"]["oracle-5"] is True


def test_a_host_that_nobody_visits_or_that_has_no_ipv6_takes_none() -> None:
    for ran in (plain(), hosts_of(one({"roles": VISITED_ROLES}, oracle={"ipv6": False}))):
        assert "oracle-5-ipv6" not in [step.name for step in ran.of("Command")]
        assert (ran.outputs.get("has_ipv6") or {}).get("oracle-5") is None


def test_a_host_that_has_not_taken_it_is_known_and_warned_of_by_name_and_mend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", warnings.append)
    assert looked_at(f"{NOT_TAKEN}\n").outputs["has_ipv6"]["oracle-5"] is False
    (warning,) = warnings
    assert warning.startswith(
        f"oracle-5 has not taken its IPv6 address: {NOT_TAKEN}. So there is no AAAA record for it"
    )
    assert warning.endswith("Mend its network: the next `pulumi up` looks again.")
    assert looked_at("taken\n").outputs["has_ipv6"]["oracle-5"] is True
    assert len(warnings) == 1


def test_a_block_volume_is_where_its_instance_is_and_is_protected() -> None:
    ran = visited()
    volume = ran.one("Volume", "oracle-5")
    assert volume.inputs["sizeInGbs"] == "50"
    assert volume.inputs["availabilityDomain"] == "lab:LAB-REGION-1-AD-1"
    assert volume.request.protect is True
    attachment = ran.one("VolumeAttachment", "oracle-5").inputs
    assert attachment["attachmentType"] == "paravirtualized"
    assert (attachment["instanceId"], attachment["volumeId"]) == ("id-of-oracle-5", "id-of-oracle-5")
    assert attachment["device"] == "/dev/oracleoci/oraclevdb"


def test_a_protected_volume_keeps_no_instance_from_being_destroyed() -> None:
    assert visited().before(visited().one("Volume", "oracle-5")) == set()


def test_a_volume_is_let_go_by_its_instance_s_end_and_not_while_it_is_written_to() -> None:
    assert visited().one("VolumeAttachment", "oracle-5").request.deletedWith.endswith("Instance::oracle-5")


def test_each_host_has_a_first_key_that_is_set_and_another_one_that_is_pinned() -> None:
    for name in HOSTS:
        assert document(lab(), name)["ssh_keys"]["ed25519_public"] == f"ssh-ed25519 AAAA{name}-first"
        step = lab().one("Command", f"{name}-first-boot")
        assert step.inputs["connection"]["hostKey"] == f"ssh-ed25519 AAAA{name}"
    assert lab().outputs["host_keys"] == {name: f"ssh-ed25519 AAAA{name}" for name in HOSTS}


def test_each_host_joins_with_a_key_of_its_own_under_its_own_name() -> None:
    for name in HOSTS:
        script, key, _ = document(lab(), name)["write_files"]
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


def test_roles_come_from_the_settings_in_their_order() -> None:
    assert lab().outputs["roles"]["oracle-1"] == ["database", "server"]
    assert lab().outputs["roles"]["oracle-4"] == ["agent"]
