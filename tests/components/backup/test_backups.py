"""Backups and restores as the program asks for them: which steps, with which values, in which order."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.backup.backups import is_own_store
from components.settings.load import Settings
from tests.components.golden import check
from tests.components.step_values import values
from tests.conformity.program import run_program
from tests.engine import Run
from tests.stack import settings, stack_settings

FIXTURES = Path(__file__).parent / "fixtures"
RECIPIENT = "age1p8rux5nu0mlajeut6ltdn4223csa3djav4q83dz97n0z3qf89cpqdlmzzx"
IDENTITY = "AGE-SECRET-KEY-14WWH6MJSQ0WE4A3NK5042D7C33U947TY8SAV097ELCV75E6PMX7STZT327"
BACKUP = {
    "endpoint": "https://s3.example",
    "bucket": "backups",
    "access_key": "access",
    "secret_key": "hidden",
    "recipient": RECIPIENT,
}
RESTORE = {"backup": "latest", "identity": IDENTITY}


def ran(**more: Any) -> Run:
    return run_program({**stack_settings(), **more}, "test")


def steps(run: Run, prefix: str) -> dict[str, Any]:
    found = [one for one in run.resources if one.type == "command:remote:Command" and one.name.startswith(prefix)]
    return {one.name: one for one in found if not one.name.endswith("-leave")}


def test_no_backups_without_settings() -> None:
    run = ran()
    assert steps(run, "backup-") == {}
    assert "backups" not in run.outputs


def given(step: Any) -> dict[str, str]:
    """The values of a step, by name: the first line of each."""
    return dict(line.split("=", 1) for line in values(step).splitlines() if not line.startswith("|"))


def test_each_database_host_looks_at_its_own_minutes() -> None:
    run = ran(backup=BACKUP)
    found = {name: given(step) for name, step in steps(run, "backup-").items()}
    assert {name: (one["MINUTE"], one["OTHER_MINUTE"]) for name, one in found.items()} == {
        "backup-oracle-3": ("00", "30"),
        "backup-oracle-2": ("10", "40"),
        "backup-oracle-1": ("20", "50"),  # the writer comes last
    }
    assert run.outputs["backups"] == "https://s3.example/backups/test"
    for name, one in found.items():
        known = json.loads(one["SETTINGS"])
        assert (known["host"], known["prefix"], known["databases"]) == (name.removeprefix("backup-"), "test", [])


def test_keys_and_tokens_are_in_no_command() -> None:
    run = ran(backup=BACKUP, restore=RESTORE)
    found = {**steps(run, "backup-"), **steps(run, "restore")}
    assert len(found) == 4
    for step in found.values():
        for secret in ("hidden", IDENTITY, "password-k3s-token"):
            assert secret not in str(step.inputs["create"])


def test_the_first_server_starts_after_the_restore() -> None:
    run = ran(backup=BACKUP, restore=RESTORE)
    assert json.loads(given(steps(run, "restore")["restore"])["SETTINGS"])["backup"] == "latest"
    (server,) = [one for one in run.resources if one.name == "k3s-node-oracle-1"]
    assert any(urn.endswith("::restore") for urn in server.request.dependencies)


def test_a_restore_runs_on_the_writer_after_the_datastore() -> None:
    run = ran(backup=BACKUP, restore={**RESTORE, "folder": "other"}, datastore={"databases": ["shop"]})
    (restore,) = steps(run, "restore").values()
    known = json.loads(given(restore)["SETTINGS"])
    assert (known["prefix"], known["databases"], known["kind"]) == ("other", ["shop"], "galera")
    assert any(urn.endswith("::datastore-database-k3s") for urn in restore.request.dependencies)


@pytest.mark.parametrize(("endpoint", "own"), [("https://s3.example", False), ("https://s3.tailnet.example", True)])
def test_a_bucket_in_the_cluster_is_known_as_one(endpoint: str, own: bool) -> None:
    hosts = {"oracle-1": {"roles": ["server", "database", "ingress"]}}
    known: Settings = settings(edge={"domain": "tailnet.example"}, hosts=hosts, backup={**BACKUP, "endpoint": endpoint})
    assert is_own_store(known) is own


def test_programs_for_hosts_are_as_reviewed() -> None:
    """What runs on hosts is read as one file."""
    run = ran(backup=BACKUP, restore=RESTORE)
    check(FIXTURES / "backup.txt", values(steps(run, "backup-")["backup-oracle-1"]))
    check(FIXTURES / "restore.txt", values(steps(run, "restore")["restore"]))


def test_etcds_first_member_gets_the_data_before_any_member_starts() -> None:
    run = ran(backup=BACKUP, restore=RESTORE, datastore={"kind": "etcd"})
    (restore,) = steps(run, "restore").values()
    known = json.loads(given(restore)["SETTINGS"])
    assert (known["kind"], known["member"], known["address"]) == ("etcd", "oracle-1", "100.64.0.1")
    assert known["members"] == "oracle-1=100.64.0.1,oracle-2=100.64.0.2,oracle-3=100.64.0.3"
    names = ("oracle-1", "oracle-2", "oracle-3")
    before = run.before(restore)
    assert {f"Command datastore-program-{name}" for name in names} <= before
    assert not {label for label in before if label.startswith(("Command datastore-member-", "Command k3s-node-"))} - {
        f"Command datastore-member-{name}-leave" for name in names
    }
    for name in names:
        assert "Command restore" in run.before(run.one("Command", f"datastore-member-{name}"))
        assert "Command restore" in run.before(run.one("Command", f"k3s-node-{name}"))
    for step in (restore, *steps(run, "backup-").values()):
        for secret in ("hidden", IDENTITY, "password-k3s-token"):
            assert secret not in str(step.inputs["create"])
    check(FIXTURES / "backup-etcd.txt", values(steps(run, "backup-")["backup-oracle-1"]))
    check(FIXTURES / "restore-etcd.txt", values(restore))
