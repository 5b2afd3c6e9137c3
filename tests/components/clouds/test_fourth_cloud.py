"""A cloud is one folder and one line: the folder is beside this file, the line is in `fourth_cloud`."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from components.clouds import registry
from components.clouds.registry import metadata_networks
from components.cluster.pod_rules import pod_rules
from components.cost.estimate import estimate
from components.credentials.check import missing_credentials
from components.credentials.sources import Sources
from components.overlay.registry import OVERLAY
from components.settings.errors import SettingsError
from components.settings.load import Settings
from components.settings.reference import reference
from components.settings.schema import schema
from policies.open_ports import no_tcp_port_is_open_to_everyone
from tests.components.clouds.fourth.cloud import FOURTH
from tests.components.hosts.kinds import VISITORS, hosts_of
from tests.policies.asked import ask
from tests.stack import ROOT, settings

HOST = {"cloud": "fourth", "roles": ["server", "database"]}
HERE = Path(__file__).parent
CLOUDS = [*registry.CLOUDS, FOURTH]


@pytest.fixture(autouse=True)
def fourth_cloud(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CLOUDS", (*registry.CLOUDS, FOURTH))


def chosen(shared: dict[str, Any] | None = None, **host: Any) -> Settings:
    """The tests' stack with one host in the fourth cloud in place of an agent."""
    return settings(hosts={"oracle-3": None, "host-9": {**HOST, **host}}, fourth={"place": "here", **(shared or {})})


def refusal(shared: dict[str, Any] | None = None, **host: Any) -> str:
    with pytest.raises(SettingsError) as refused:
        chosen(shared, **host)
    return str(refused.value)


def test_settings_are_read() -> None:
    assert chosen(cores=4).hosts["host-9"].model_dump()["cores"] == 4
    assert chosen().clouds["fourth"].place == "here"


def test_bad_settings_are_refused_by_their_keys() -> None:
    assert "hosts.host-9.cores  is too small. Use 1 or more." in refusal(cores=0)
    assert "hosts.host-9.corse  is not a setting. Did you mean cores?" in refusal(corse=1)
    assert "hosts.host-9.cloud  must be 'oracle', 'azure', 'existing' or 'fourth'." in refusal(cloud="fith")
    assert "fourth.plaice  is not a setting. Did you mean place?" in refusal({"plaice": "x"})


def test_its_own_rules_are_kept() -> None:
    assert "fourth.place  is missing, and needed by hosts.host-9. Add one." in refusal({"place": None})


def test_rules_of_all_clouds_are_kept() -> None:
    assert "10.43.0.0/16 overlaps fourth.network range, 10.43.0.0/24" in refusal({"network": "10.43.0.0/24"})
    assert "30 GB is more than host-9 has, 20 GB" in "\n".join(
        line for line in store_refusal().splitlines() if "storage.size_gb" in line
    )


def store_refusal() -> str:
    """What is said of a store that is larger than the host's disk."""
    roles = [*HOST["roles"], "storage"]
    with pytest.raises(SettingsError) as refused:
        settings(
            hosts={"oracle-3": None, "host-9": {**HOST, "roles": roles}},
            fourth={"place": "here"},
            storage={"size_gb": 30},
        )
    return str(refused.value)


def test_schema_and_documents_show_it() -> None:
    assert "tailnet-k3s:fourth" in schema()["properties"]["config"]["properties"]
    assert "FourthHost" in schema()["definitions"]
    assert "`cloud: fourth`: A server in the fourth cloud." in reference()
    assert "## fourth" in reference()


def test_its_hosts_cost_what_it_says() -> None:
    expected = estimate(chosen(cores=3).hosts)
    assert expected.hosts["host-9"] == 30
    assert expected.prices == "2020-01-02"
    assert "the fourth's weather" in expected.unknown


def test_its_credentials_are_asked_for() -> None:
    bare = Sources(lambda *_: None, {}, Path("/nonexistent"))
    missing = {each.key: each.message for each in missing_credentials(chosen().hosts, chosen().edge, bare)}
    assert missing["fourth"] == "lacks fourth:token. Set FOURTH_TOKEN; see docs/credentials.md#fourth."
    known = Sources(lambda *_: None, {"FOURTH_TOKEN": "x"}, Path("/nonexistent"))
    assert "fourth" not in {each.key for each in missing_credentials(chosen().hosts, chosen().edge, known)}


def test_the_policy_reads_its_firewall() -> None:
    def violations(**inputs: Any) -> list[str]:
        return ask(no_tcp_port_is_open_to_everyone, "fourth:index:FirewallGate", **inputs)

    assert violations(**{"from": ["192.0.2.0/24"], "port": 443}) == []
    assert violations(**{"from": ["192.0.2.0/24", "::/0"], "port": 22})[0].startswith("thing: lets ::/0 in by TCP")


def test_the_policy_refuses_its_firewall_without_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CLOUDS", CLOUDS[:-1])
    assert "cannot read" in ask(no_tcp_port_is_open_to_everyone, "fourth:index:FirewallGate")[0]


def test_its_hosts_are_created_beside_the_others() -> None:
    ran = hosts_of(chosen(), VISITORS)
    assert ran.outputs["order"] == ["host-9", "oracle-1", "oracle-2", "oracle-4"]
    assert ran.outputs["addresses"]["host-9"] == "100.64.0.9"
    server = ran.one("Server", "host-9")
    assert server.inputs["place"] == "here"
    assert "userData" in server.secrets
    assert "Command host-9" in ran.before(server)
    assert ran.one("Command", "host-9-first-boot").after >= {"Server host-9"}


def test_a_preview_shows_the_same() -> None:
    shown = {(one.type, one.name) for one in hosts_of(chosen(), preview=True).resources}
    assert shown == {(one.type, one.name) for one in hosts_of(chosen()).resources}


def test_nothing_of_the_program_names_a_cloud_but_its_folder_and_the_registry() -> None:
    """Words of users are free: only code is looked at."""
    clouds = "|".join(cloud.name for cloud in CLOUDS)
    words = rf"clouds\.({clouds})\b|\b(Oracle|Azure|Existing)Host\b|pulumi_(oci|azure)"
    found = subprocess.run(
        ["grep", "-rlE", "--include=*.py", words, *(ROOT / name for name in ("components", "policies", "__main__.py"))],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    folder = ROOT / "components" / "clouds"
    allowed = {folder / "registry.py"}
    assert [file for file in map(Path, found) if folder not in file.parents or file.parent == folder] == sorted(allowed)


def test_the_registry_loads_no_sdk() -> None:
    program = (
        "import sys, components.clouds.registry, components.settings.load, policies.open_ports\n"
        "print([name for name in sys.modules if name.startswith('pulumi_') and name != 'pulumi_policy'"
        " and not name.startswith('pulumi_policy.')])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert ran.stdout == "[]\n"


def test_pods_do_not_reach_its_metadata() -> None:
    rules = pod_rules(settings().k3s.cluster_cidr, OVERLAY, (), metadata_networks())
    assert "ip daddr 192.0.2.254 tcp dport != 53 drop" in rules
