"""A look under mocks: the state that it finds, and what hosts answer."""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from components import rendering
from components.hosts.look_result import LookResult
from components.look import look
from components.look.ask import Answers, Result
from components.look.state import Login
from components.rendering import StepTarget
from components.settings.load import Settings
from tests.engine import run
from tests.look.files import BASE, look_args
from tests.stack import stack_settings

HOST_KEY = "ssh-ed25519 AAAA{}"


def command(host: str, name: str, why: str = "", **told: str) -> dict[str, Any]:
    """A step in the state."""
    values = {**told, **({rendering.RERUN_REASON: why} if why else {})}
    connection = {
        "host": f"address of {host}",
        "user": "operator",
        "privateKey": "key",
        "hostKey": HOST_KEY.format(host),
    }
    return {
        "type": "command:remote:Command",
        "outputs": {
            "create": rendering.run(StepTarget(host, name, "operator"), "true", values),
            "connection": connection,
        },
    }


def instance(shape: str = "VM.Standard.E4.Flex") -> dict[str, Any]:
    """A machine in the state."""
    return {"type": "oci:Core/instance:Instance", "outputs": {"shape": shape}}


def state(**more: dict[str, Any] | None) -> dict[str, Any]:
    """Of a stack with two hosts, each with verbs, a step, a machine. `more`: resources by name; None takes one out."""
    resources = {
        f"urn:pulumi:lab::tailnet-k3s::a:b:C${one['type']}::{name.partition(' ')[0]}": one
        for name, one in {
            "oracle-1-verbs": command("oracle-1", "oracle-1-verbs"),
            "k3s-node-oracle-1": command("oracle-1", "k3s-node-oracle-1"),
            "oracle-2-verbs": command("oracle-2", "oracle-2-verbs"),
            "k3s-node-oracle-2": command("oracle-2", "k3s-node-oracle-2", "k3s.service is stopped [aa]"),
            "oracle-1 instance": instance(),
            "oracle-2 instance": instance(),
            **more,
        }.items()
        if one
    }
    return {"outputs": resources}


def marks(**differs: list[str]) -> str:
    return json.dumps(
        {name.replace("_", "-"): {"run": "0123456789", "differs": words} for name, words in differs.items()}
    )


def answers(text: str, **facts: Any) -> Answers:
    """Marks, and facts of a host with which nothing is wrong. `facts`: what is different."""
    now = time.time()
    clock = {**BASE["clock"], "seconds": now}
    known = {**BASE, "clock": clock, "machine_id": None, "boot_id": None, "asked": None, **facts}
    return Answers((text, json.dumps(known)), (now, now))


WELL: dict[str, Result] = {
    "oracle-1": answers(marks(oracle_1_verbs=[], k3s_node_oracle_1=[])),
    "oracle-2": answers(marks(oracle_2_verbs=[], k3s_node_oracle_2=[])),
}


def looked(
    monkeypatch: pytest.MonkeyPatch,
    results: Mapping[str, Result],
    *,
    new: bool = False,
    more: Mapping[str, Any] | None = None,
    settings: Settings | None = None,
    preview: bool = False,
) -> tuple[dict[str, LookResult], dict[str, Sequence[Login]]]:
    """What a look gives, and whom it asked."""
    asked: dict[str, Sequence[Login]] = {}
    found: list[dict[str, LookResult]] = []

    def ask(ways: Mapping[str, Sequence[Login]], programs: Sequence[str]) -> dict[str, Result]:
        asked.update(ways)
        assert len(programs) == 2
        return {host: results[host] for host in ways}

    monkeypatch.setattr(look, "ask_hosts", ask)
    wanted = settings or Settings.check(stack_settings(), "Pulumi.lab.yaml")
    calls = {
        "pulumi:pulumi:readStackOutputs": lambda _: {"outputs": {} if new else {"nodes": {}}},
        "pulumi:pulumi:readStackResourceOutputs": lambda _: {"outputs": {}} if new else state(**(more or {})),
    }
    run(lambda: found.append(look.look_at_hosts(look_args(wanted))), calls=calls, preview=preview)
    return found[0], asked
