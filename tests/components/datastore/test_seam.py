"""The seam of the datastore: another kind is a line in the registry and what that names; nothing else knows of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import pulumi
import pytest

from components.datastore.create import create_datastore, datastore_ports, export_outputs, left_data
from components.datastore.endpoint import Endpoint, PodAccess
from components.datastore.kind import DataFolder, DatastoreArgs, DatastoreLook, Kind
from components.datastore.registry import DATASTORES
from components.datastore.settings import DatastoreSettings
from components.hosts.host import Host, with_role
from components.overlay.registry import OVERLAY
from components.settings.downloads import Downloads
from components.settings.errors import Finding, SettingsError
from tests.engine import run
from tests.stack import host, settings


class PaperSettings(DatastoreSettings):
    """A file on paper."""

    kind: Literal["paper"] = "paper"
    """Which datastore it is."""
    sheets: int = 1
    """How many."""


@dataclass(frozen=True)
class Paper:
    """What the kind's `create` gives."""

    members: Mapping[str, Host]
    endpoint: Endpoint
    for_pods: PodAccess | None = None
    outputs: Mapping[str, Any] = field(default_factory=dict)
    certificates: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)


def create(name: str, args: DatastoreArgs, opts: pulumi.ResourceOptions | None = None) -> Paper:
    settings: PaperSettings = args.settings
    url = pulumi.Output.from_input(f"paper://{args.overlay.interface}/{settings.sheets}")
    return Paper(with_role(args.hosts, "database"), Endpoint(url, ()), outputs={"sheets": settings.sheets})


def paper_has_a_sheet(datastore: PaperSettings) -> Iterator[Finding]:
    if datastore.sheets < 1:
        yield Finding("datastore.sheets", "is too few. Take one.")


PAPER = Kind(
    PaperSettings,
    (paper_has_a_sheet,),
    create,
    ports=(1450,),
    look=DatastoreLook(folder=DataFolder("/srv/paper", first_mb=1, left="/srv/paper-left")),
)


@pytest.fixture(autouse=True)
def _second_kind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(DATASTORES, "paper", PAPER)


def test_settings_choose_the_kind_and_galera_is_the_one_without_a_word() -> None:
    chosen = settings(datastore={"kind": "paper", "sheets": 3}).datastore
    assert isinstance(chosen, PaperSettings)
    assert chosen.sheets == 3
    assert settings().datastore.kind == "galera"
    assert settings(datastore={"databases": ["shop"]}).datastore.kind == "galera"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kind": "paper", "sheets": 0}, "datastore.sheets  is too few. Take one."),
        ({"kind": "paper", "sheets": "x"}, "datastore.sheets  is not a whole number. Write one."),
        ({"kind": "paper", "arbitrator": "oracle-1"}, "datastore.arbitrator  is not a setting."),
        ({"sheets": 1}, "datastore.sheets  is not a setting."),
        ({"kind": "stone"}, "datastore.kind  must be 'galera', 'etcd', 'sqlite', 'external' or 'paper'. Change it."),
    ],
)
def test_errors_name_its_keys(values: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings(datastore=values)
    assert said in str(refused.value)


def test_rules_of_another_kind_do_not_count() -> None:
    """One member is too few for Galera."""
    roles = {f"oracle-{number}": {"roles": ["server"]} for number in (2, 3, 4)}
    assert settings(datastore={"kind": "paper"}, hosts=roles).datastore.kind == "paper"


def test_it_is_created_and_its_outputs_are_the_stacks() -> None:
    def program() -> None:
        hosts = {"oracle-1": host("oracle-1", 1, "database"), "home-1": host("home-1", 2, "agent")}
        made = create_datastore("datastore", DatastoreArgs(PaperSettings(sheets=7), hosts, OVERLAY, Downloads()))
        assert list(made.members) == ["oracle-1"]
        pulumi.export("url", made.endpoint.url)
        export_outputs(made)

    assert run(program).outputs == {"url": f"paper://{OVERLAY.interface}/7", "sheets": 7}


def test_ports_are_those_of_its_kind() -> None:
    assert datastore_ports(PaperSettings()) == (1450,)


def test_data_stays_on_machines_that_no_cloud_deletes() -> None:
    def program() -> None:
        hosts = {"oracle-1": host("oracle-1", 1, "database"), "home-1": host("home-1", 2, "agent")}
        own = replace(host("home-2", 3, "database"), machine=None)
        pulumi.export("left", left_data(PaperSettings(), {**hosts, "home-2": own}))

    assert run(program).outputs == {"left": {"home-2": "folder /srv/paper-left"}}
