"""The tailnet: nobody reaches what the policy does not name, and a key lets one host in, once, for a short time."""

import json
from functools import cache

import pulumi

from components.datastore.create import datastore_ports
from components.overlay.create import create_overlay
from tests.engine import Run, run
from tests.stack import CALLS, settings


@cache
def joined(minutes: int = 60, stack: str = "lab") -> Run:
    """A tailnet and one device in it."""
    chosen = settings(tailnet={"key_expiry_minutes": minutes})

    def program() -> None:
        tailnet = create_overlay("tailnet", chosen.overlay, chosen.downloads, datastore_ports(chosen.datastore))
        device = tailnet.place("oracle-7", "amd64")
        pulumi.export("name", device.enrolment.values["HOSTNAME"])
        pulumi.export("key", device.enrolment.secrets["AUTH_KEY"])
        pulumi.export("address", device.address(after=[]))

    return run(program, calls=CALLS, stack=stack)


def policy() -> dict[str, list[dict[str, object]]]:
    """The policy that is written."""
    loaded: dict[str, list[dict[str, object]]] = json.loads(joined().one("Acl", "tailnet").inputs["acl"])
    return loaded


def test_only_the_cluster_its_operator_and_its_owners_reach_it() -> None:
    """Everything else is among devices without a tag, which hosts are not."""
    about_cluster = [rule for rule in policy()["acls"] if "tag:cluster" in str(rule)]
    assert about_cluster == [
        {"action": "accept", "src": ["tag:cluster"], "dst": ["tag:cluster:*"]},
        {
            "action": "accept",
            "proto": "tcp",
            "src": ["tag:operator", "autogroup:owner", "autogroup:admin"],
            "dst": ["tag:cluster:22,6443"],
        },
    ]


def test_the_owners_devices_go_on_reaching_what_they_reach_in_a_new_tailnet() -> None:
    (rule,) = [rule for rule in policy()["acls"] if rule["src"] == ["autogroup:member"]]
    assert rule["dst"] == [
        "autogroup:member:*",
        "autogroup:internet:*",
        "10.0.0.0/8:*",
        "172.16.0.0/12:*",
        "192.168.0.0/16:*",
    ]
    (ssh,) = policy()["ssh"]
    assert (ssh["src"], ssh["dst"]) == (["autogroup:member"], ["autogroup:self"])


def test_owners_come_from_the_settings_and_headscale_knows_no_roles() -> None:
    chosen = settings(tailnet={"owners": ["me@example.com"]}).overlay
    assert chosen.allowed_owners == ("me@example.com",)
    headscale = settings(tailnet={"control_server": "https://headscale.example"}).overlay
    assert headscale.allowed_owners == ("autogroup:member",)


def test_the_policy_approves_nothing_by_itself() -> None:
    assert set(policy()) == {"tagOwners", "acls", "ssh", "tests"}


def test_the_policy_tests_itself() -> None:
    by_source = {(test["src"], test.get("proto", "tcp")): test for test in policy()["tests"]}
    operator = by_source["tag:operator", "tcp"]
    assert operator["accept"] == ["tag:cluster:22", "tag:cluster:6443"]
    assert operator["deny"] == [f"tag:cluster:{port}" for port in (3306, 4444, 4567, 4568, 10250)]
    assert by_source["tag:cluster", "tcp"]["accept"] == sorted([*operator["accept"], *operator["deny"]], key=number)
    assert by_source["tag:cluster", "udp"]["accept"] == ["tag:cluster:8472"]


def number(target: str) -> int:
    """The port in `tag:cluster:22`."""
    return int(target.rpartition(":")[2])


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
    asked = dict(joined().calls)["tailscale:index/getDevice:getDevice"]
    assert asked == {"hostname": "lab-oracle-7-xxxx", "waitFor": "600s"}
