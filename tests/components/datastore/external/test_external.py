"""A database of the owner's own as the graph of its steps: a check on every server, and what k3s is told."""

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pydantic import SecretStr

from components.datastore.create import create_datastore
from components.datastore.external.check import prove_keys
from components.datastore.external.rules import certificate_and_key_are_a_pair
from components.datastore.external.settings import ExternalSettings
from components.datastore.kind import DatastoreArgs
from components.overlay.registry import OVERLAY
from components.settings.downloads import Downloads
from components.settings.errors import SettingsError
from policies.steps import secrets_of, values_of
from tests.components.datastore.etcd.pki import TestAuthority
from tests.engine import Run, run
from tests.stack import host, settings

AUTHORITY = TestAuthority.create()
CLIENT = AUTHORITY.sign("k3s", "10.0.0.1")
URL = "mysql://k3s:hunter2@tcp(db.example:3306)/k3s"
SERVERS = ("oracle-1", "oracle-2")


def chosen(url: str = URL, **further: str) -> ExternalSettings:
    return ExternalSettings.model_validate({"kind": "external", "url": SecretStr(url), **further})


@cache
def ran(preview: bool = False) -> Run:
    def declare() -> None:
        given = chosen(ca=AUTHORITY.certificate, certificate=CLIENT.certificate, key=CLIENT.key)
        hosts = {name: host(name, number, "server") for number, name in enumerate(SERVERS, 1)}
        hosts["home-1"] = host("home-1", 9, "agent")
        made = create_datastore("datastore", DatastoreArgs(given, hosts, OVERLAY, Downloads()))
        endpoint = made.endpoint
        pulumi.export("url", endpoint.url)
        pulumi.export("key", endpoint.key)
        pulumi.export("tls", [endpoint.ca, endpoint.certificate])
        pulumi.export("ready", [resource.urn for resource in endpoint.ready])
        pulumi.export("others", {"ports": list(endpoint.ports), "said": made.outputs, "ends": list(made.certificates)})
        assert (made.members, made.for_pods) == ({}, None)

    return run(declare, preview=preview)


def test_every_server_checks_before_k3s_is_touched() -> None:
    checks = [f"datastore-check-{name}" for name in SERVERS]
    assert [urn.rpartition("::")[2] for urn in ran().outputs["ready"]] == checks
    assert sorted(one.name for one in ran().resources if one.type == "command:remote:Command") == checks


def test_k3s_is_told_how_to_log_in_and_whom_to_trust() -> None:
    assert ran().outputs["url"] == URL
    assert ran().outputs["tls"] == [AUTHORITY.certificate.strip() + "\n", CLIENT.certificate.strip() + "\n"]
    assert {"url", "key"} <= set(ran().secret_outputs)
    assert ran().outputs["others"] == {
        "ports": [],
        "said": {"datastore": "MySQL at db.example:3306, database k3s"},
        "ends": ["datastore-external"],
    }


def test_the_login_comes_by_stdin_alone() -> None:
    for name in SERVERS:
        step = ran().one("Command", f"datastore-check-{name}")
        told, _ = values_of(str(step.inputs["create"]))
        assert told["SECRETS"].split() == ["TARGET"]
        assert told["CLIENT"] == "python3-pymysql"
        assert not any(hidden in str(step.inputs["create"]) for hidden in ("hunter2", CLIENT.key.splitlines()[1]))
        target = json.loads(secrets_of(step.inputs["stdin"])["TARGET"])
        assert (target["places"], target["password"], target["key"]) == (
            [["db.example", 3306]],
            "hunter2",
            CLIENT.key.strip() + "\n",
        )


def test_a_preview_shows_all_of_it() -> None:
    assert {(r.type, r.name) for r in ran(preview=True).resources} == {(r.type, r.name) for r in ran().resources}


@pytest.fixture
def others() -> str:
    """The key of another certificate."""
    return AUTHORITY.sign("k3s", "10.0.0.2").key


def test_certificate_and_key_belong_together(others: str) -> None:
    pair = chosen(certificate=CLIENT.certificate, key=CLIENT.key)
    assert list(certificate_and_key_are_a_pair(pair)) == []
    (wrong,) = certificate_and_key_are_a_pair(chosen(certificate=CLIENT.certificate, key=others))
    assert (wrong.key, "another certificate" in wrong.message) == ("datastore.key", True)
    (alone,) = certificate_and_key_are_a_pair(chosen(key=CLIENT.key))
    assert alone.key == "datastore.certificate"


def test_no_error_and_no_text_of_the_settings_has_the_password() -> None:
    roles = {name: {"roles": ["server"]} for name in ("oracle-1", "oracle-2", "oracle-3")}
    given = settings(hosts=roles, datastore={"kind": "external", "url": URL})
    assert "hunter2" not in f"{given}{given!r}{given.datastore.model_dump(mode='json')}"
    with pytest.raises(SettingsError) as refused:
        settings(hosts=roles, datastore={"kind": "external", "url": "mysql://k3s:hunter2@db/k3s", "key": "hunter3"})
    assert "hunter" not in str(refused.value)
    assert str(refused.value).count("datastore.") == 2


def test_the_check_is_one_file_of_the_hosts_own_python() -> None:
    """Of the standard library, and what the package of the client brings."""
    from components.datastore.external import external

    text = (Path(external.__file__).parent / "check.py").read_text()
    words = [line.split()[1] for line in text.splitlines() if line.strip().startswith(("import ", "from "))]
    assert set(words) <= sys.stdlib_module_names


def test_keys_of_other_programs_in_etcd_are_no_cluster(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"/coredns/a"}

    def etcdctl(words: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        found = [key for key in keys if key.startswith(words[2])] if words[1] == "get" else []
        return subprocess.CompletedProcess(words, 0, "\n".join(found), "")

    monkeypatch.setattr("components.datastore.external.check.subprocess.run", etcdctl)
    given, files = {"places": [["db", 2379]]}, {"ca": "", "certificate": "", "key": ""}
    assert prove_keys(given, files, "oracle-1") == ("", True)
    keys.add("/bootstrap/0a1b")
    assert prove_keys(given, files, "oracle-1") == ("", False)
