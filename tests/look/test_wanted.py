"""What findings are told of a host: from the settings, the stack's state, and the seams."""

import json
from dataclasses import replace

import pytest

from components.datastore.galera.configuration import arbitrator_settings, member_settings
from components.datastore.galera.look import ports
from components.datastore.galera.settings import GaleraSettings
from components.datastore.kind import Kind
from components.datastore.registry import DATASTORES
from components.datastore.settings import DatastoreSettings
from components.look.facts import Facts
from components.look.judge import judge
from components.look.wanted import wanted_hosts
from tests.look.files import BASE, look_args, wanted_of
from tests.settings.files import private_key
from tests.stack import settings

HOME = {"cloud": "existing", "roles": ["agent"], "address": "192.168.1.20", "user": "pi", "host_key": "KEY"}
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEZ5YwBKbnFaVUJzeF0dkX0i9Fv7dK1Wq0vJrX8Q3mLk"
FACTS = Facts.model_validate_json(json.dumps(BASE))


def test_each_host_of_the_settings_with_its_steps() -> None:
    known = settings(hosts={"home-1": {**HOME, "host_key": KEY}}, logins={"home-1": {"private_key": private_key()}})
    wanted = wanted_hosts(look_args(known), {"home-1": frozenset({"home-1-enrol"})})
    assert list(wanted) == list(known.hosts)
    home, oracle = wanted["home-1"], wanted["oracle-1"]
    assert (sorted(home.roles), home.cloud, home.architecture, home.is_made) == (["agent"], "existing", "amd64", False)
    assert (sorted(oracle.roles), oracle.cloud, oracle.is_made) == (["database", "server"], "oracle", True)
    assert home.key == "hosts.home-1"
    assert home.did(FACTS, "enrol")
    assert not home.did(FACTS, "first-boot")
    assert not oracle.did(FACTS, "enrol")


@pytest.mark.parametrize("step", ["k3s-binary-home-1", "home-1-enrol"])
def test_a_step_was_done_by_the_state_or_by_a_mark(step: str) -> None:
    asked = step.removesuffix("-home-1").removeprefix("home-1-")
    home = wanted_of("home-1", {})
    assert not home.did(FACTS, asked)
    assert replace(home, done=frozenset({step})).did(FACTS, asked)
    assert home.did(FACTS.model_copy(update={"marks": {step: None}}), asked)
    assert not home.did(FACTS.model_copy(update={"marks": {f"{step}0": None}}), asked)


def test_a_datastore_that_looks_for_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    home = wanted_of("home-1", {"roles": ["database"]})
    monkeypatch.setitem(DATASTORES, "paper", Kind(DatastoreSettings, (), GaleraSettings))  # type: ignore[arg-type]
    home = replace(home, datastore=DatastoreSettings(kind="paper"))
    facts = FACTS.model_copy(update={"datastores": {"galera": {"packages": {"mysql-server": "8.0"}}}})
    assert judge({"home-1": home}, {"home-1": facts}) == []


def test_galeras_ports_are_those_of_its_settings() -> None:
    text = member_settings("x", 2, "192.0.2.1") + arbitrator_settings(2, "192.0.2.2", {"x": "192.0.2.1"})
    known = GaleraSettings(arbitrator="home-1")
    numbers = {port.number for port in ports(known, "x", {"database"})} - {3306, 9200}
    assert len(numbers) == 3
    assert [number for number in numbers if f"192.0.2.1:{number}" not in text] == []
    assert [port.number for port in ports(known, "home-1", {"agent"})] == [4567]
    assert [port.where for port in ports(known, "x", {"server"})] == ["loopback"]
