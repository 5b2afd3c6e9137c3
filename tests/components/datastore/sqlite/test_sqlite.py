"""SQLite: a server without an endpoint, and a step that misses the file before k3s could begin without it."""

from functools import cache
from pathlib import Path

import pulumi
import pytest

from components.datastore.create import create_datastore, datastore_ports, left_data
from components.datastore.kind import DatastoreArgs
from components.datastore.sqlite.settings import SqliteSettings
from components.datastore.sqlite.sqlite import HERE
from components.overlay.registry import OVERLAY
from components.settings.downloads import Downloads
from tests.components.prelude import run_script
from tests.engine import Run, run
from tests.stack import host

SETTINGS = SqliteSettings(kind="sqlite")
ANSWERED = "node-name: oracle-1\nflannel-iface: tailscale0\n"
"""What the node's step has written once the API of the new cluster answered."""


@cache
def ran() -> Run:
    def declare() -> None:
        hosts = {"oracle-1": host("oracle-1", 1, "server"), "home-1": host("home-1", 9, "agent")}
        datastore = create_datastore("datastore", DatastoreArgs(SETTINGS, hosts, OVERLAY, Downloads()))
        assert datastore.endpoint.url is None
        assert (datastore.members, datastore.certificates, datastore.for_pods) == ({}, {}, None)
        pulumi.export("ready", [resource.urn for resource in datastore.endpoint.ready])
        pulumi.export("said", datastore.outputs)
        pulumi.export("left", left_data(SETTINGS, hosts))

    return run(declare)


def test_k3s_waits_for_a_step_on_the_only_server() -> None:
    assert [urn.rpartition("::")[2] for urn in ran().outputs["ready"]] == ["datastore-file-oracle-1"]
    assert [one.name for one in ran().resources if one.type == "command:remote:Command"] == ["datastore-file-oracle-1"]


def test_it_says_where_the_state_is_and_opens_no_port() -> None:
    assert ran().outputs["said"] == {"datastore": "SQLite on oracle-1"}
    assert ran().outputs["left"] == {}
    assert datastore_ports(SETTINGS) == ()


def script(folder: Path) -> str:
    """The step, with the host's folders below `folder`."""
    return (HERE / "file.sh").read_text().replace("=/", f"={folder}/").replace(" /etc", f" {folder}/etc")


@pytest.mark.parametrize(
    ("config", "state", "goes_on"),
    [
        (None, None, True),  # a new host
        ("node-name: oracle-1\n", None, True),  # the first start of k3s was interrupted
        (ANSWERED, "rows", True),
        (ANSWERED, None, False),
        (ANSWERED, "", False),
    ],
)
def test_a_server_that_has_lost_the_file_is_told_before_k3s_starts(
    tmp_path: Path, config: str | None, state: str | None, goes_on: bool
) -> None:
    for path, text in (("etc/rancher/k3s/config.yaml", config), ("var/lib/rancher/k3s/server/db/state.db", state)):
        if text is not None:
            (tmp_path / path).parent.mkdir(parents=True)
            (tmp_path / path).write_text(text)
    done = run_script(tmp_path, script(tmp_path))
    if goes_on:
        assert (done.returncode, done.stderr) == (0, "oracle-1 thing: unchanged\n")
        assert "the cluster's state is missing" in (tmp_path / "marks" / "thing").read_text()
    else:
        assert done.returncode == 97
        assert "state.db, the cluster's state, is missing: k3s would begin an empty cluster. Put a copy" in done.stderr
