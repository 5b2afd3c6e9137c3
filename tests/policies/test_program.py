"""The rules as the program itself asks them: nobody leaves them out by leaving out a flag."""

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

from policies.program import RuleBrokenError, enforce_rules
from tests.engine import run
from tests.stack import ROOT

JOIN = "tailscale set --exit-node=home-1"


PINNED = {"host": "192.0.2.1", "hostKey": "ssh-ed25519 AAAA"}


def resource(kind: str, preview: bool = False, **inputs: Any) -> None:
    """A program of one resource, after the program's own guard. A function in the place of an input is called
    with JOIN."""

    def program() -> None:
        enforce_rules()
        given = {name: value(JOIN) if callable(value) else value for name, value in inputs.items()}
        pulumi.CustomResource(kind, "thing", given)

    run(program, preview=preview)


def test_a_resource_that_breaks_no_rule_is_created() -> None:
    resource("command:remote:Command", create="tailscale set --hostname=a")


@pytest.mark.parametrize("wrap", [str, pulumi.Output.secret], ids=["plain", "secret"])
def test_a_script_with_an_exit_node_is_refused(wrap: Callable[[str], object]) -> None:
    with pytest.raises(RuleBrokenError, match="thing: create has --exit-node home-1"):
        resource("command:remote:Command", create=wrap)


def test_a_connection_without_a_host_key_is_refused() -> None:
    resource("command:remote:Command", connection=PINNED)
    for preview in (True, False):
        with pytest.raises(RuleBrokenError, match="thing: connection pins no host key"):
            resource("command:remote:Command", preview, connection={"host": "192.0.2.1"})


@pytest.mark.parametrize("secret", [False, True], ids=["plain", "secret"])
def test_a_host_key_that_a_preview_does_not_know_yet_is_allowed(secret: bool) -> None:
    def program() -> None:
        enforce_rules()
        key: pulumi.Output[str] = pulumi.CustomResource("tls:index/privateKey:PrivateKey", "key").id
        marked: pulumi.Output[str] = pulumi.Output.secret(key) if secret else key
        connection = {**PINNED, "hostKey": marked}
        pulumi.CustomResource("command:remote:Command", "thing", {"connection": connection})
        pulumi.CustomResource("command:remote:Command", "other", {"connection": key.apply(lambda _: PINNED)})

    run(program, preview=True)


def test_a_port_that_is_open_to_everyone_is_refused() -> None:
    rule = {"protocol": "6", "source": "0.0.0.0/0", "tcpOptions": {"min": 22, "max": 22}}
    with pytest.raises(RuleBrokenError, match=r"thing: lets 0\.0\.0\.0/0 in by TCP"):
        resource("oci:Core/securityList:SecurityList", ingressSecurityRules=[rule])


def test_a_secret_that_is_not_marked_is_refused() -> None:
    resource("command:remote:Command", connection=lambda _: {**PINNED, "privateKey": pulumi.Output.secret("a-key")})
    resource("command:remote:Command", connection=lambda _: pulumi.Output.secret({**PINNED, "privateKey": "a-key"}))
    with pytest.raises(RuleBrokenError, match=r"thing: connection\.privateKey has a secret in plain text"):
        resource("command:remote:Command", connection={**PINNED, "privateKey": "a-key"})


@pytest.mark.parametrize("protect", [True, False])
def test_a_volume_without_protection_is_refused(protect: bool) -> None:
    def program() -> None:
        enforce_rules()
        pulumi.CustomResource("oci:Core/volume:Volume", "thing", {}, pulumi.ResourceOptions(protect=protect))

    if protect:
        run(program)
    else:
        with pytest.raises(RuleBrokenError, match="thing: has no `protect`, so the next change of its settings may"):
            run(program)


@pytest.mark.parametrize("is_an_app", [True, False])
def test_a_moving_image_is_refused_unless_it_is_of_an_app(is_an_app: bool) -> None:
    pod = {"spec": {"containers": [{"name": "a", "image": "docker.io/library/nginx:latest"}]}}

    def program() -> None:
        enforce_rules()
        kind = "tailnet-k3s:apps:App" if is_an_app else "tailnet-k3s:storage:Minio"
        parent = pulumi.ComponentResource(kind, "parent")
        pulumi.CustomResource("kubernetes:core/v1:Pod", "thing", pod, pulumi.ResourceOptions(parent=parent))

    if is_an_app:
        run(program)
    else:
        with pytest.raises(
            RuleBrokenError, match=r"spec\.containers\.0\.image docker\.io/library/nginx:latest can become"
        ):
            run(program)


def test_the_program_asks_before_it_creates_anything() -> None:
    lines = (ROOT / "__main__.py").read_text().splitlines()
    asks = lines.index("enforce_rules()")
    assert lines[asks - 1] == "settings = Settings.load()"
