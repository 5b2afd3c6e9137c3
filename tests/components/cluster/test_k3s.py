"""The cluster as the graph of its steps: who waits for whom, what each is told, and what is secret."""

import base64
from dataclasses import replace
from functools import cache
from pathlib import Path

import pulumi
import pytest
import yaml

from components.cluster.k3s import K3s, K3sArgs
from components.datastore.endpoint import Endpoint
from components.settings.k3s import Checksums
from components.settings.k3s import K3s as Settings
from tests.components.given import values
from tests.components.golden import check
from tests.engine import KUBECONFIG, Resource, Run, run
from tests.stack import host

FIXTURES = Path(__file__).parent / "fixtures"
URL = "mysql://k3s:hunter2@tcp(127.0.0.1:3306)/k3s"


@cache
def ran(preview: bool = False, servers: int = 3, label: str = "a") -> Run:
    """Servers oracle-1, …, and the agents home-1 and home-2."""

    def declare() -> None:
        datastore = pulumi.CustomResource("test:index:Datastore", "datastore")
        endpoint = Endpoint(pulumi.Output.secret(URL), (datastore,))
        home_1 = replace(host("home-1", 8, "agent"), labels={"example.com/rack": label}, taints=("slow=:NoSchedule",))
        cluster = K3s(
            "k3s",
            K3sArgs(
                Settings(sha256=Checksums(amd64="ab" * 32)),
                endpoint,
                {f"oracle-{n}": host(f"oracle-{n}", n, "server", "database") for n in range(1, servers + 1)},
                {"home-1": home_1, "home-2": host("home-2", 9, "agent", "ingress")},
            ),
        )
        pulumi.export("kubeconfig", cluster.kubeconfig)
        pulumi.export("ready", [resource.urn for resource in cluster.ready])

    return run(declare, preview=preview)


def command(name: str, one: Run | None = None) -> Resource:
    return (one or ran()).one("Command", f"k3s-{name}")


def needs(name: str) -> set[str]:
    """All of the cluster's steps that must have been done before one, and the datastore."""
    labels = {label.removeprefix("Command k3s-") for label in ran().before(command(name))}
    return {label for label in labels if not label.startswith(("Machine", "K3s", "RandomPassword", "Stack"))}


def secrets(name: str) -> dict[str, str]:
    """What a step is told that nobody may see."""
    assert "stdin" in command(name).secrets
    pairs = (line.split("=", 1) for line in command(name).inputs["stdin"].splitlines())
    return {key: base64.b64decode(value).decode() for key, value in pairs}


def test_nodes_are_prepared_while_the_datastore_is_made() -> None:
    for name in ("oracle-1", "oracle-3", "home-1"):
        assert needs(f"binary-{name}") == set()
        assert needs(f"registration-{name}") == set()


def test_first_server_waits_for_the_datastore_and_for_no_other_node() -> None:
    assert needs("node-oracle-1") == {"Datastore datastore", "binary-oracle-1", "registration-oracle-1"}


def test_other_servers_wait_for_the_first_only() -> None:
    for name in ("oracle-2", "oracle-3"):
        assert "node-oracle-1" in needs(f"node-{name}")
        assert not needs(f"node-{name}") & {"node-oracle-2", "node-oracle-3"} - {f"node-{name}"}


def test_agents_wait_for_all_servers_and_not_for_each_other() -> None:
    assert needs("node-home-1") >= {"node-oracle-1", "node-oracle-2", "node-oracle-3"}
    assert "node-home-2" not in needs("node-home-1")
    assert "node-home-1" not in needs("node-home-2")


def test_only_the_first_server_makes_the_cluster() -> None:
    makers = [one.name for one in ran().of("Command") if "\nINITIALISE=yes\n" in one.inputs["create"]]
    assert makers == ["k3s-node-oracle-1"]


def test_only_where_visitors_come_in_is_an_address_for_them() -> None:
    nodes = [one for one in ran().of("Command") if one.name.startswith("k3s-node-")]
    assert [one.name for one in nodes if "\nVISITORS=yes\n" in one.inputs["create"]] == ["k3s-node-home-2"]
    assert all("node-external-ip: $card" in one.inputs["create"] for one in nodes)


def test_every_node_registers_by_its_own_balancer() -> None:
    for name in ("oracle-1", "oracle-2", "home-1", "home-2"):
        section = values(command(f"registration-{name}"))
        assert all(f"100.64.0.{number}:6443" in section for number in (1, 2, 3))


def test_agents_do_not_get_the_token_of_servers() -> None:
    assert secrets("node-oracle-2") == {
        "TOKEN": "password-k3s-token",
        "AGENT_TOKEN": "password-k3s-agent-token",
        "ENDPOINT": URL,
    }
    assert secrets("node-home-1") == {"TOKEN": "password-k3s-agent-token"}


def test_a_label_changes_one_step() -> None:
    def inputs(one: Run) -> dict[str, str]:
        return {resource.name: resource.inputs["create"] for resource in one.of("Command")}

    before, after = inputs(ran()), inputs(ran(label="b"))
    assert [name for name in before if before[name] != after[name]] == ["k3s-labels-home-1"]


def test_a_node_is_labelled_and_drained_from_another_server() -> None:
    assert command("labels-oracle-1").inputs["connection"]["host"] == "100.64.0.2"
    assert command("labels-oracle-2").inputs["connection"]["host"] == "100.64.0.1"
    assert command("labels-home-2").inputs["connection"]["host"] == "100.64.0.1"
    assert command("labels-home-2").request.deletedWith.endswith("::oracle-1")
    assert "drain" in command("labels-home-2").inputs["delete"]


def test_nobody_is_drained_when_the_whole_cluster_goes_even_if_its_machines_stay() -> None:
    def declare() -> None:
        endpoint = Endpoint(pulumi.Output.secret(URL), ())
        stay = {name: replace(host(name, 1, "server"), machine=None) for name in ("home-1", "home-2")}
        K3s("k3s", K3sArgs(Settings(), endpoint, stay))

    for name in ("labels-home-1", "labels-home-2"):
        assert command(name, run(declare)).request.deletedWith.endswith("::k3s-token")


def test_a_lone_server_looks_after_itself() -> None:
    assert command("labels-oracle-1", ran(servers=1)).inputs["connection"]["host"] == "100.64.0.1"


def test_the_cluster_is_ready_when_every_node_and_its_name_server_are() -> None:
    ready = {urn.rpartition("::")[2] for urn in ran().outputs["ready"]}
    nodes = {f"k3s-labels-{name}" for name in ("oracle-1", "oracle-2", "oracle-3", "home-1", "home-2")}
    assert ready == nodes | {"k3s-dns", "k3s-lost-nodes"}


def test_the_name_server_is_waited_for_once_nodes_are_there() -> None:
    assert {f"labels-{name}" for name in ("oracle-1", "oracle-2", "oracle-3", "home-1", "home-2")} <= needs("dns")
    check(FIXTURES / "dns.sh", values(command("dns")))


def test_what_is_in_the_cluster_waits_for_all_of_it_and_belongs_to_this_cluster_alone() -> None:
    provider = ran().one("kubernetes", "k3s")
    assert provider.inputs["clusterIdentifier"] == "tailnet-k3s-lab"
    assert provider.inputs["kubeconfig"] == KUBECONFIG


def test_kubeconfig_is_a_secret_and_has_a_context_for_each_server() -> None:
    assert "kubeconfig" in ran().secret_outputs
    config = yaml.safe_load(ran().outputs["kubeconfig"])
    assert config["current-context"] == "tailnet-k3s-lab"
    users = {context["context"]["user"] for context in config["contexts"]}
    assert users == {user["name"] for user in config["users"]}
    servers = {cluster["name"]: cluster["cluster"] for cluster in config["clusters"]}
    reached = {each["name"]: servers[each["context"]["cluster"]]["server"] for each in config["contexts"]}
    first = {"tailnet-k3s-lab": "https://100.64.0.1:6443"}
    assert reached == first | {f"tailnet-k3s-lab-oracle-{n}": f"https://100.64.0.{n}:6443" for n in (1, 2, 3)}
    assert {cluster["certificate-authority-data"] for cluster in servers.values()} == {"Q0E="}


def test_a_preview_shows_all_of_it() -> None:
    assert {(r.type, r.name) for r in ran(preview=True).resources} == {(r.type, r.name) for r in ran().resources}


@pytest.mark.parametrize(
    "name",
    [
        "binary-home-1",
        "node-oracle-1",
        "node-home-1",
        "labels-home-1",
        "lost-nodes",
        "registration-home-1",
        "kubeconfig",
    ],
)
def test_what_a_step_is_told(name: str) -> None:
    check(FIXTURES / f"{name}.sh", values(command(name)))
