"""A tailnet's existing policy: when the program may overwrite it, and which lines it lacks otherwise."""

import json
from typing import Any

import pytest

from components.overlay.create import create_overlay
from components.overlay.tailscale.existing_policy import findings, may_overwrite, missing_lines
from components.overlay.tailscale.policy import policy
from components.settings.errors import SettingsError
from tests.engine import Run, run
from tests.stack import CALLS, settings

GET_ACL = "tailscale:index/getAcl:getAcl"
ALL_TO_ALL = {"acls": [{"action": "accept", "src": ["*"], "dst": ["*:*"]}]}
NEW = {
    "grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"]}],
    "ssh": [{"action": "check", "src": ["autogroup:member"], "dst": ["autogroup:self"], "users": ["root"]}],
}
# What the program wrote before it knew of owners, as the lab's server gives it back: without tests.
FIRST = {
    "tagOwners": {"tag:cluster": [], "tag:operator": []},
    "acls": [
        {"action": "accept", "src": ["tag:cluster"], "dst": ["tag:cluster:*"]},
        {"action": "accept", "proto": "tcp", "src": ["tag:operator"], "dst": ["tag:cluster:22,6443"]},
    ],
}
OWNERS = ("autogroup:owner", "autogroup:admin")
TAGS = {"tagOwners": {"tag:cluster": ["me@example.com"], "tag:operator": []}}
FAMILY: dict[str, Any] = {
    "groups": {"group:family": ["me@example.com"]},
    "acls": [{"action": "accept", "src": ["group:family"], "dst": ["group:family:*"]}],
}


def made(existing: dict[str, Any], **tailnet: Any) -> Run:
    """What the program does in a tailnet with that policy."""
    chosen = settings(tailnet=tailnet)
    text = json.dumps(existing)
    calls = CALLS | {GET_ACL: lambda args: {**args, "id": "policy", "hujson": text, "json": text}}
    return run(lambda: create_overlay("tailnet", chosen.overlay, chosen.downloads, []), calls=calls)


@pytest.mark.parametrize(
    "existing", [ALL_TO_ALL, NEW, {**NEW, **TAGS}, FIRST, {**FIRST, "tests": [{"src": "tag:cluster"}]}]
)
def test_a_new_policy_and_the_programs_own_are_overwritten(existing: dict[str, Any]) -> None:
    (acl,) = made(existing).of("Acl")
    assert acl.inputs["overwriteExistingContent"] is True
    assert may_overwrite(json.loads(acl.inputs["acl"]))


def test_other_owners_change_the_programs_own_policy() -> None:
    before = json.loads(policy(["me@example.com"], tcp=[22], udp=[], ssh=True))
    (acl,) = made(before, owners=["you@example.com"]).of("Acl")
    assert "you@example.com" in acl.inputs["acl"]


@pytest.mark.parametrize(
    "changed",
    [
        {**NEW, "groups": {"group:family": ["me@example.com"]}},
        {**NEW, "acls": FAMILY["acls"]},
        {**NEW, "tagOwners": {"tag:printer": []}},
        {**FIRST, "autoApprovers": {"exitNode": ["me@example.com"]}},
        {**FIRST, "acls": [*FIRST["acls"], *FAMILY["acls"]]},
    ],
)
def test_a_policy_to_which_somebody_added_something_is_never_overwritten(changed: dict[str, Any]) -> None:
    assert not may_overwrite(changed)


def test_somebodys_policy_is_refused_with_the_lines_that_it_lacks() -> None:
    with pytest.raises(SettingsError) as refused:
        made(FAMILY)
    assert str(refused.value).splitlines() == [
        "Pulumi.lab.yaml has 1 error; nothing was changed.",
        "  tailnet.replace_policy  is false, and the tailnet's own policy lacks rules that the cluster needs. "
        "Add these lines to it (at Tailscale: https://login.tailscale.com/admin/acls/file):",
        '      in "tagOwners":  "tag:cluster": [],',
        '      in "tagOwners":  "tag:operator": [],',
        '      in "acls":       {"action": "accept", "src": ["tag:cluster"], "dst": ["tag:cluster:*"]},',
        '      in "acls":       {"action": "accept", "proto": "tcp", "src": ["tag:operator", "autogroup:owner", '
        '"autogroup:admin"], "dst": ["tag:cluster:22,6443"]},',
        "    Or set tailnet.replace_policy to true: then the program replaces the whole policy.",
    ]


def test_with_those_lines_it_stays_as_it_is() -> None:
    completed: dict[str, Any] = {**FAMILY, **TAGS, "acls": [*FAMILY["acls"]]}
    for line in missing_lines(completed, OWNERS):
        section, text = line.removeprefix("in ").split(":", 1)
        completed[json.loads(section)].append(json.loads(text.strip().removesuffix(",")))
    assert not list(findings(completed, OWNERS))
    assert not made(completed).of("Acl")


@pytest.mark.parametrize(
    "rules",
    [
        ALL_TO_ALL,
        {"grants": [{"src": ["*"], "dst": ["tag:cluster"], "ip": ["*"]}]},
        {"grants": [{"src": ["*"], "dst": ["*"], "ip": ["*:*"]}]},
        {
            "acls": [{"action": "accept", "src": ["autogroup:tagged"], "dst": ["autogroup:tagged:*"]}],
            "grants": [{"src": ["autogroup:member"], "dst": ["tag:cluster"], "ip": ["tcp:22", "6000-7000"]}],
        },
    ],
)
def test_rules_in_other_words_are_understood(rules: dict[str, Any]) -> None:
    assert not list(missing_lines({**TAGS, **rules}, OWNERS))


@pytest.mark.parametrize(
    "rules",
    [
        {"acls": [{"action": "accept", "src": ["*"], "dst": ["*:22,6443"]}]},
        {"acls": [{"action": "accept", "src": ["*"], "dst": ["tag:other:*"]}]},
        {"acls": [{"action": "accept", "proto": "udp", "src": ["*"], "dst": ["*:*"]}]},
        {"acls": [{"action": "check", "src": ["*"], "dst": ["*:*"]}]},
        {"grants": [{"src": ["*"], "dst": ["*"], "ip": ["*"], "srcPosture": ["posture:latest"]}]},
        {"grants": [{"src": ["*"], "dst": ["*"], "app": {"example.com/cap": [{}]}}]},
        {"grants": [{"src": ["autogroup:member"], "dst": ["*"], "ip": ["*"]}]},
    ],
)
def test_rules_that_do_not_join_all_hosts_are_not_enough(rules: dict[str, Any]) -> None:
    assert any('"src": ["tag:cluster"]' in line for line in missing_lines({**TAGS, **rules}, OWNERS))


def test_a_policy_is_not_looked_at_when_it_is_to_be_replaced() -> None:
    replaced = made(FAMILY, replace_policy=True)
    assert replaced.one("Acl", "tailnet").inputs["overwriteExistingContent"] is True
    assert GET_ACL not in [token for token, _ in replaced.calls]
