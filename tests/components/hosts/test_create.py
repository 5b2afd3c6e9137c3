"""All kinds of hosts in one stack: what is asked of each cloud, for reviewers to read, and what stays apart."""

import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.components import golden
from tests.components.hosts.kinds import AZURE, HOME, KINDS, ORACLE, hosts_of, mixed, plain, visited
from tests.engine import Resource, Run
from tests.stack import settings

FIXTURES = Path(__file__).parent.parent / "clouds"
FOLDERS = {"oracle": "oracle", "azure": "azure", "home": "existing"}
LONG = ("create", "update", "delete", "metadata", "customData", "privateKey", "stdin")
AGENT = {"oracle": {**ORACLE, "roles": ["agent"]}, "azure": {**AZURE, "roles": ["agent"]}}
AGENT["home"] = {**HOME, "roles": ["agent"], "address": "203.0.113.78"}


def without_texts(value: Any) -> Any:
    """Inputs without what has a fixture of its own."""
    if isinstance(value, dict):
        return {key: "…" if key in LONG else without_texts(inner) for key, inner in value.items()}
    return list(map(without_texts, value)) if isinstance(value, list) else value


def asked(ran: Run, belongs: tuple[str, ...]) -> str:
    """What is asked for one cloud: type, name, inputs, and what must be there before."""
    described = {
        f"{resource.type.rpartition(':')[2]} {resource.name}": {
            "inputs": without_texts(resource.inputs),
            "after": sorted(resource.after),
            "protect": resource.request.protect,
        }
        for resource in ran.resources
        if resource.name.startswith(belongs) and not resource.type.startswith("tailnet-k3s:")
    }
    return str(yaml.safe_dump(described, sort_keys=True, allow_unicode=True, width=120))


@pytest.mark.parametrize("cloud", KINDS)
def test_what_is_asked_of_each_cloud_is_as_reviewed(cloud: str) -> None:
    golden.check(FIXTURES / FOLDERS[cloud] / "fixtures" / "asked.yaml", asked(visited(), (cloud,)))


def test_hosts_of_all_clouds_come_in_the_order_of_their_names() -> None:
    reordered = mixed(hosts={"oracle-5": None, "azure-6": AZURE, "home-7": HOME, "oracle-1": ORACLE})
    assert hosts_of(reordered).outputs["order"] == ["azure-6", "home-7", "oracle-1"]
    assert plain().outputs["order"] == ["azure-6", "home-7", "oracle-5"]


def test_all_kinds_give_the_same() -> None:
    for output in ("addresses", "host_keys", "roles", "storage", "kept"):
        assert set(plain().outputs[output]) == {"oracle-5", "azure-6", "home-7"}


def test_a_cloud_without_hosts_is_not_even_imported(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("components.clouds.oracle.host", "components.clouds.azure.host"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    hosts_of(settings())
    assert "components.clouds.oracle.host" in sys.modules
    assert "components.clouds.azure.host" not in sys.modules


def test_an_empty_stack_previews_with_everything_unknown() -> None:
    ran = hosts_of(mixed(hosts={"oracle-5": {**ORACLE, "volume_gb": 50}}), preview=True)
    made = hosts_of(mixed(hosts={"oracle-5": {**ORACLE, "volume_gb": 50}}))
    assert names(ran) == names(made)
    assert [token for token, _ in ran.calls] == [
        "tailscale:index/getAcl:getAcl",
        "oci:Identity/getAvailabilityDomains:getAvailabilityDomains",
    ]


def names(ran: Run) -> set[tuple[str, str]]:
    """Type and name of all that is asked for."""
    return {(resource.type, resource.name) for resource in ran.resources}


def essence(resource: Resource) -> tuple[Any, ...]:
    """All that the engine would notice a change of."""
    request = resource.request
    return (resource.inputs, resource.after, resource.parent, request.protect, list(request.ignoreChanges))


@pytest.mark.parametrize("cloud", KINDS)
def test_a_host_that_comes_or_goes_changes_nothing_else(cloud: str) -> None:
    without = hosts_of(mixed())
    with_one_more = hosts_of(mixed(hosts={f"{cloud}-8": AGENT[cloud]}))
    more = {key: essence(found) for key, found in by_name(with_one_more).items()}
    assert {key: essence(found) for key, found in by_name(without).items()}.items() <= more.items()
    added = names(with_one_more) - names(without)
    assert added
    assert {name.startswith(f"{cloud}-8") for _, name in added} == {True}


def by_name(ran: Run) -> dict[tuple[str, str], Resource]:
    """Resources by type and name, none of them twice."""
    found = {(resource.type, resource.name): resource for resource in ran.resources}
    assert len(found) == len(ran.resources)
    return found


def test_two_stacks_share_no_name_in_a_cloud() -> None:
    """Of resources that clouds know by a name; the rest have ids."""
    other = hosts_of(mixed(), stack="prod")
    keys = ("displayName", "resourceGroupName", "virtualNetworkName", "networkSecurityGroupName", "vmName", "diskName")
    for resource in other.resources:
        for key in keys:
            assert resource.inputs.get(key, "prod-").startswith("prod-"), f"{resource.type} {resource.name}"
    assert "HOSTNAME=prod-home-7-xxxx" in other.one("Command", "home-7-enrol").inputs["create"]


@pytest.mark.parametrize(
    ("kind", "name", "host"),
    [
        ("Instance", "oracle-5", "oracle-5"),
        ("VirtualMachine", "azure-6", "azure-6"),
        ("Command", "home-7-enrol", "home-7"),
    ],
)
def test_a_device_leaves_the_tailnet_after_all_else_of_its_host_is_gone(kind: str, name: str, host: str) -> None:
    """What is created first is deleted last."""
    assert f"Command {host}" in plain().one(kind, name).after
    assert "remove" in plain().one("Command", host).inputs["delete"]
