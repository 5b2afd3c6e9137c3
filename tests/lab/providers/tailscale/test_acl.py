"""tailscale.Acl: whose policy is overwritten, what is a change, what is left behind."""

import json
from typing import Any

import pytest

from lab.providers import published
from lab.providers.properties import UNKNOWN
from tests.lab.providers.tailscale.tailnet import Tailnet, invoke

POLICY: dict[str, Any] = {
    "tagOwners": {"tag:cluster": []},
    "acls": [{"action": "accept", "src": ["tag:cluster"], "dst": ["tag:cluster:*"]}],
    "tests": [{"src": "tag:cluster", "accept": ["tag:cluster:22"]}],
}
TEXT = json.dumps(POLICY, indent=2)
OTHER = json.dumps(POLICY | {"acls": [], "tests": []})


def test_sets_the_policy_of_a_new_tailnet(tailnet: Tailnet) -> None:
    made = tailnet.caller("Acl").create(acl=TEXT)
    published.check_outputs("tailscale:index/acl:Acl", made.outputs)
    assert made.outputs["acl"] == TEXT
    assert json.loads(tailnet.policy)["acls"] == POLICY["acls"]


def test_refuses_to_overwrite_somebody_elses_policy(tailnet: Tailnet) -> None:
    tailnet.policy = '{"acls": []}'
    with pytest.raises(RuntimeError, match="the tailnet has a policy already"):
        tailnet.caller("Acl").create(acl=TEXT)
    assert tailnet.policy == '{"acls": []}'


def test_overwrites_it_when_told_to(tailnet: Tailnet) -> None:
    tailnet.policy = '{"acls": []}'
    tailnet.caller("Acl").create(acl=TEXT, overwriteExistingContent=True)
    assert json.loads(tailnet.policy)["acls"] == POLICY["acls"]


def test_refuses_to_overwrite_the_same_policy_too(tailnet: Tailnet) -> None:
    """Tailscale asks whether the policy was ever changed, not what it says."""
    tailnet.caller("Acl").create(acl=TEXT)
    with pytest.raises(RuntimeError, match="412"):
        tailnet.caller("Acl").create(acl=TEXT)
    tailnet.caller("Acl").create(acl=TEXT, overwriteExistingContent=True)


def test_tells_the_policy_of_a_new_tailnet_and_of_one_that_was_set(tailnet: Tailnet) -> None:
    new = invoke(tailnet, "tailscale:index/getAcl:getAcl")
    assert json.loads(new["json"])["grants"] == [{"src": ["*"], "dst": ["*"], "ip": ["*"]}]
    assert new["hujson"].startswith("//")
    tailnet.policy = '{ "acls": [], } // mine'
    assert invoke(tailnet, "tailscale:index/getAcl:getAcl")["json"] == '{"acls":[]}'


def test_refuses_a_policy_that_breaks_its_own_tests_before_any_call(tailnet: Tailnet) -> None:
    broken = json.dumps(POLICY | {"acls": []})
    with pytest.raises(ValueError, match="acl: test failed: tag:cluster → tag:cluster:22"):
        tailnet.caller("Acl").create(preview=True, acl=broken)
    assert not tailnet.calls


def test_another_policy_is_an_update_and_another_layout_is_nothing(tailnet: Tailnet) -> None:
    caller = tailnet.caller("Acl")
    made = caller.create(acl=TEXT)
    assert caller.diff(made, acl=json.dumps(POLICY)).changes is False
    diff = caller.diff(made, acl=OTHER)
    assert diff.diffs == ["acl"]
    assert not diff.replaces
    assert caller.update(made, acl=OTHER).outputs["acl"] == OTHER
    assert json.loads(tailnet.policy)["acls"] == []


def test_a_preview_with_an_unknown_policy_makes_no_call(tailnet: Tailnet) -> None:
    caller = tailnet.caller("Acl")
    assert caller.create(preview=True, acl=UNKNOWN).outputs["acl"] == UNKNOWN
    assert not tailnet.calls


def test_the_policy_stays_unless_it_is_to_be_reset(tailnet: Tailnet) -> None:
    caller = tailnet.caller("Acl")
    caller.delete(caller.create(acl=TEXT))
    assert tailnet.policy
    caller.delete(caller.create(acl=TEXT, overwriteExistingContent=True, resetAclOnDestroy=True))
    assert not tailnet.policy


def test_a_refresh_sees_a_policy_that_somebody_changed(tailnet: Tailnet) -> None:
    caller = tailnet.caller("Acl")
    made = caller.create(acl=TEXT)
    assert caller.read(made, caller.check(acl=TEXT)).properties["acl"].value == TEXT
    tailnet.policy = '{"acls": []}'
    assert caller.read(made, caller.check(acl=TEXT)).properties["acl"].value == '{"acls": []}'
