"""The policy pack's rule on exit nodes: flags in commands, and what concerns every resource."""

import json
from typing import Any

import pytest
from pulumi_policy import EnforcementLevel
from pulumi_policy.proxy import UNKNOWN_OBJECT_VALUE, UNKNOWN_STRING_VALUE

from components.overlay.tailscale.exit_node.find import ACL, SUBNET_ROUTES
from components.overlay.tailscale.policy import policy
from components.rendering import StepTarget, render_secrets, run
from policies.exit_node.rule import no_node_uses_or_offers_an_exit_node
from tests.policies.exit_node.rule import COMMAND, INSTANCE, encoded, violations

TARGET = StepTarget("home-1", "step", "operator")

REFUSED_SCRIPTS = {
    "a value after a blank": "tailscale set --exit-node home-1",
    "a value after =": "tailscale set --exit-node=100.64.0.9",
    "one dash": "tailscale up -exit-node=home-1",
    "double quotes": 'tailscale up "--exit-node=home-1"',
    "quotes around the value": "tailscale up --exit-node='home-1'",
    "quotes around both": "tailscale up '--exit-node' 'home-1'",
    "a variable": 'tailscale up --exit-node="$NODE"',
    "a continued line": "tailscale up \\\n  --exit-node \\\n  home-1",
    "a list of JSON": '["tailscale", "up", "--exit-node", "home-1"]',
    "a list of YAML": "runcmd:\n- - tailscale\n  - --exit-node\n  - home-1\n",
    "an offer": "tailscale up --advertise-exit-node",
    "an offer spelled out": "tailscale set --advertise-exit-node=true",
    "an offer in quotes": 'tailscale set "--advertise-exit-node"',
    "a route to everywhere": "tailscale up --advertise-routes=0.0.0.0/0",
    "a route to everywhere among others": "tailscale up --advertise-routes 10.1.0.0/16,::/0",
    "a route in quotes": "tailscale up --advertise-routes='10.1.0.0/16,0.0.0.0/0'",
    "k3s's own way": 'vpn-auth: "name=tailscale,joinKey=x,extraArgs=--exit-node=home-1"',
}
ALLOWED_SCRIPTS = {
    "no flags": "tailscale up --auth-key=file:/run/key --accept-routes=false",
    "none, after =": "tailscale set --exit-node=",
    "none, in quotes": "tailscale set --exit-node='' --hostname=a",
    "none, before another command": "tailscale set --exit-node= && echo done",
    "an offer taken back": "tailscale set --advertise-exit-node=false",
    "a route of one's own": "tailscale up --advertise-routes=10.1.0.0/16,fd00::/8",
    "another flag of that name": "tool --no-exit-node x --exit-nodes y",
    "the kernel's own default route": "ip route add 0.0.0.0/0 via 10.0.0.1",
}


@pytest.mark.parametrize("script", REFUSED_SCRIPTS.values(), ids=REFUSED_SCRIPTS.keys())
@pytest.mark.parametrize("place", ["create", "update", "delete", "stdin"])
def test_refuses_scripts_with(place: str, script: str) -> None:
    assert violations(COMMAND, **{place: script})


@pytest.mark.parametrize("script", ALLOWED_SCRIPTS.values(), ids=ALLOWED_SCRIPTS.keys())
def test_allows_scripts_with(script: str) -> None:
    assert violations(COMMAND, create=script, update=script, delete=run(TARGET, script, {})) == []


def test_the_report_names_resource_and_place_and_what_to_do() -> None:
    (message,) = violations(COMMAND, create="tailscale set --exit-node=home-1")
    assert message == (
        "thing: create has --exit-node home-1. An exit node takes pods' packets away from the cluster. Remove it."
    )


@pytest.mark.parametrize("script", REFUSED_SCRIPTS.values(), ids=REFUSED_SCRIPTS.keys())
def test_refuses_a_rendered_step_with(script: str) -> None:
    assert violations(COMMAND, create=run(TARGET, script, {}))


def test_refuses_a_flag_that_comes_as_a_secret() -> None:
    assert violations(COMMAND, stdin=render_secrets({"FLAGS": "--exit-node=home-1", "PASSWORD": "x"}))


def test_allows_a_rendered_step_with_secrets() -> None:
    step = run(TARGET, "tailscale up --accept-routes=false\n", {}, ["PASSWORD"])
    assert violations(COMMAND, create=step, stdin=render_secrets({"PASSWORD": "0.0.0.0/0"})) == []


def test_refuses_user_data() -> None:
    data = encoded("#cloud-config\nruncmd:\n- tailscale up --advertise-exit-node\n")
    (message,) = violations(INSTANCE, metadata={"user_data": data})
    assert message.startswith("thing: metadata.user_data has --advertise-exit-node")


def test_refuses_user_data_with_an_encoded_file_in_it() -> None:
    file = encoded("tailscale set --exit-node=home-1 --accept-routes=true\n")
    assert violations(INSTANCE, metadata={"user_data": encoded(f"write_files:\n- encoding: b64\n  content: {file}\n")})


def test_refuses_the_words_of_a_containers_command() -> None:
    spec = {"containers": [{"command": ["tailscale", "up"], "args": ["--exit-node", "home-1"]}]}
    assert violations("kubernetes:core/v1:Pod", spec=spec)


def test_allows_the_policy_of_this_program() -> None:
    assert violations(ACL, acl=policy(("autogroup:admin",), tcp=[22], udp=[], ssh=True)) == []


@pytest.mark.parametrize(
    "approvers",
    [
        {"exitNode": ["tag:cluster"]},
        {"routes": {"0.0.0.0/0": ["tag:cluster"]}},
        {"routes": {"::/0": ["tag:cluster"], "10.0.0.0/8": ["tag:cluster"]}},
    ],
    ids=["exit nodes", "everything", "everything of IPv6"],
)
def test_refuses_automatic_approval_of(approvers: dict[str, Any]) -> None:
    assert violations(ACL, acl=json.dumps({"acls": [], "autoApprovers": approvers}))


def test_refuses_automatic_approval_in_a_policy_with_comments() -> None:
    text = '{\n  // "autoApprovers": {},\n  "autoApprovers": {"exitNode": ["tag:cluster",], /* all */ }, "a": "http://x",\n}'
    assert violations(ACL, acl=text)


@pytest.mark.parametrize(
    "approvers",
    [{"exitNode": []}, {"routes": {"10.0.0.0/8": ["tag:x"]}}, {}, None],
    ids=["nobody", "a part", "none", "null"],
)
def test_allows_automatic_approval_of(approvers: dict[str, Any] | None) -> None:
    assert violations(ACL, acl=json.dumps({"autoApprovers": approvers})) == []


def test_allows_a_policy_that_mentions_exit_nodes_in_a_comment() -> None:
    assert violations(ACL, acl='{ // "autoApprovers": {"exitNode": ["tag:x"]}\n "acls": [] }') == []


@pytest.mark.parametrize("route", ["0.0.0.0/0", "::/0"])
def test_refuses_subnet_routes_of(route: str) -> None:
    (message,) = violations(SUBNET_ROUTES, deviceId="1", routes=["10.0.0.0/8", route])
    assert message.startswith(f"thing: routes has {route}")


def test_allows_subnet_routes_of_a_part() -> None:
    assert violations(SUBNET_ROUTES, deviceId="1", routes=["10.0.0.0/8"]) == []


def test_allows_a_security_list_that_lets_hosts_out() -> None:
    assert violations("oci:Core/securityList:SecurityList", egressSecurityRules=[{"destination": "0.0.0.0/0"}]) == []


def test_looks_past_what_a_preview_does_not_know() -> None:
    unknown = {
        "create": UNKNOWN_STRING_VALUE,
        "connection": {"host": UNKNOWN_STRING_VALUE},
        "triggers": [UNKNOWN_OBJECT_VALUE],
    }
    assert violations(COMMAND, **unknown) == []
    assert violations(COMMAND, **unknown, delete="tailscale up --exit-node=x")


SHAPES: tuple[Any, ...] = (None, "x", "", 1.5, True, [], ["x", 1.0, None, {}], {"x": "y"}, {"x": ["y", {"z": None}]})
INPUTS = {
    COMMAND: ("create", "stdin", "environment", "source", "connection"),
    INSTANCE: ("metadata", "userData"),
    ACL: ("acl",),
    SUBNET_ROUTES: ("routes",),
    "kubernetes:core/v1:ConfigMap": ("data", "binaryData"),
    "kubernetes:core/v1:Pod": ("spec",),
    "kubernetes:tailscale.com/v1alpha1:Connector": ("spec",),
}
PARTS = ("autoApprovers", "acls", "grants", "nodeAttrs", "tagOwners")


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_allows_inputs_of_a_wrong_shape(shape: Any) -> None:
    """The provider refuses them. An error of the rule itself would hide that."""
    for kind, names in INPUTS.items():
        for name in names:
            assert violations(kind, **{name: shape}) == []
            assert violations(kind, **{name: {"env": shape, "args": shape, "subnetRouter": shape}}) == []
            assert violations(kind, **{name: [{"env": [shape], "command": [shape]}]}) == []
    for part in PARTS:
        for inner in (shape, [shape], {"exitNode": shape, "routes": shape}, [{"src": shape, "dst": shape}]):
            assert violations(ACL, acl=json.dumps({part: inner})) == []


def test_is_mandatory() -> None:
    assert no_node_uses_or_offers_an_exit_node.enforcement_level is EnforcementLevel.MANDATORY
