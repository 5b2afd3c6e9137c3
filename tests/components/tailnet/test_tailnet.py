"""The tailnet: nobody reaches what the policy does not name, and a key lets one host in, once, for a short time."""

import json
from functools import cache

import pulumi

from components.tailnet import Device, DeviceArgs, Tailnet
from tests.engine import Run, run
from tests.stack import CALLS, settings


@cache
def joined(minutes: int = 60, replace: bool = False, stack: str = "lab") -> Run:
    """A tailnet and one device in it."""
    chosen = settings(tailnet={"key_expiry_minutes": minutes, "replace_policy": replace}).tailnet

    def program() -> None:
        device = Device("oracle-7", DeviceArgs(Tailnet("tailnet", chosen), "oracle-7"))
        pulumi.export("name", device.hostname)
        pulumi.export("key", device.auth_key)
        pulumi.export("address", device.address(after=[]))

    return run(program, calls=CALLS, stack=stack)


def policy() -> dict[str, list[dict[str, object]]]:
    """The policy that is written."""
    loaded: dict[str, list[dict[str, object]]] = json.loads(joined().one("Acl", "tailnet").inputs["acl"])
    return loaded


def test_only_the_cluster_and_its_operator_reach_anything() -> None:
    assert policy()["acls"] == [
        {"action": "accept", "src": ["tag:cluster"], "dst": ["tag:cluster:*"]},
        {"action": "accept", "proto": "tcp", "src": ["tag:operator"], "dst": ["tag:cluster:22,6443"]},
    ]


def test_the_policy_approves_nothing_by_itself() -> None:
    assert set(policy()) == {"tagOwners", "acls", "tests"}


def test_the_policy_tests_itself() -> None:
    by_source = {(test["src"], test.get("proto", "tcp")): test for test in policy()["tests"]}
    operator = by_source["tag:operator", "tcp"]
    assert operator["accept"] == ["tag:cluster:22", "tag:cluster:6443"]
    assert "tag:cluster:3306" in str(operator["deny"])
    assert "tag:cluster:10250" in str(operator["deny"])
    assert by_source["tag:cluster", "udp"]["accept"] == ["tag:cluster:8472"]


def test_a_policy_of_somebody_else_is_replaced_only_when_that_is_said() -> None:
    assert "overwriteExistingContent" not in joined().one("Acl", "tailnet").inputs
    assert joined(replace=True).one("Acl", "tailnet").inputs["overwriteExistingContent"] is True


def test_a_key_lets_one_host_in_for_a_short_time() -> None:
    key = joined(minutes=15).one("TailnetKey", "oracle-7")
    assert key.inputs["reusable"] is False
    assert key.inputs["ephemeral"] is False
    assert key.inputs["preauthorized"] is True
    assert key.inputs["tags"] == ["tag:cluster"]
    assert key.inputs["expiry"] == 15 * 60


def test_a_key_is_made_after_the_policy_that_has_its_tag() -> None:
    assert "Acl tailnet" in joined().one("TailnetKey", "oracle-7").after


def test_a_key_is_a_secret() -> None:
    assert "key" in joined().secret_outputs


def test_a_device_has_the_name_of_stack_and_host_and_a_part_that_no_other_has() -> None:
    assert joined().outputs["name"] == "lab-oracle-7-xxxx"
    assert len(joined(stack="a-stack-with-a-very-long-name-indeed").outputs["name"]) <= 63


def test_the_address_is_the_devices_ipv4_address() -> None:
    assert joined().outputs["address"] == "100.64.0.7"
    ((function, asked),) = joined().calls
    assert function == "tailscale:index/getDevice:getDevice"
    assert asked == {"hostname": "lab-oracle-7-xxxx", "waitFor": "600s"}
