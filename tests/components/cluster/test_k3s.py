"""The cluster as the graph of its steps: who waits for whom, what each is told, and what is secret."""

import base64
from dataclasses import replace
from functools import cache
from pathlib import Path

import pulumi
import pytest
import yaml

from components.cluster.beginning import Beginning
from components.cluster.k3s import K3s, K3sArgs
from components.datastore.endpoint import Endpoint
from components.hosts.host import Host
from components.hosts.look_result import LookResult
from components.hosts.ssh_login import SshLogin
from components.overlay.registry import OVERLAY
from components.settings.checksums import Checksums
from components.settings.k3s import K3s as Settings
from tests.components.golden import check
from tests.components.step_values import values
from tests.engine import KUBECONFIG, Resource, Run, run
from tests.stack import host

FIXTURES = Path(__file__).parent / "fixtures"
URL = "mysql://k3s:hunter2@tcp(127.0.0.1:3306)/k3s"


@cache
def ran(
    *,
    preview: bool = False,
    servers: int = 3,
    label: str = "a",
    there: bool = False,
    agents: int = 2,
    silent: str = "",
    encrypting: str = "",
    option: bool | None = None,
    restored: bool = False,
) -> Run:
    """Servers oracle-1, …, and the agents home-1 and home-2. `there`: in the stack's state, too. `silent`: a server.
    `encrypting`: a server that encrypts Secrets by the state. `option`: k3s' own option for it in the settings.
    `restored`: the datastore is filled from a backup."""

    def known(one: Host) -> Host:
        done = frozenset({f"k3s-node-{one.name}"} if there else ())
        return replace(one, seen=LookResult(done=done, silent=one.name == silent, encrypts=one.name == encrypting))

    options: dict[str, str | bool | int | tuple[str, ...]] = {} if option is None else {"secrets-encryption": option}

    def declare() -> None:
        datastore = pulumi.CustomResource("test:index:Datastore", "datastore")
        endpoint = Endpoint(pulumi.Output.secret(URL), (datastore,), (3306, 4567))
        home_1 = replace(host("home-1", 8, "agent"), labels={"example.com/rack": label}, taints=("slow=:NoSchedule",))
        settings = Settings(sha256=Checksums(amd64="ab" * 32), server_options=options)
        theirs = {f"oracle-{n}": known(host(f"oracle-{n}", n, "server", "database")) for n in range(1, servers + 1)}
        cluster = K3s(
            "k3s",
            K3sArgs(
                settings,
                Beginning("k3s", settings, theirs, restored=restored),
                endpoint,
                OVERLAY,
                theirs,
                {"home-1": home_1, "home-2": host("home-2", 9, "agent", "ingress")}
                | {f"home-{n}": host(f"home-{n}", n + 7, "agent") for n in range(3, agents + 1)},
                logins=[SshLogin("192.168.1.50", 2222)],
            ),
        )
        pulumi.export("kubeconfig", cluster.kubeconfig)
        pulumi.export("ready", [resource.urn for resource in cluster.ready])

    return run(declare, preview=preview)


def command(name: str, one: Run | None = None) -> Resource:
    return (one or ran()).one("Command", f"k3s-{name}")


def needs(name: str, one: Run | None = None) -> set[str]:
    """All of the cluster's steps that must have been done before one, and the datastore."""
    labels = {label.removeprefix("Command k3s-") for label in (one or ran()).before(command(name, one))}
    return {label for label in labels if not label.startswith(("Machine", "K3s", "RandomPassword", "Stack"))}


def secrets(name: str, one: Run | None = None) -> dict[str, str]:
    """The secrets that a step gets."""
    assert "stdin" in command(name, one).secrets
    pairs = (line.split("=", 1) for line in command(name, one).inputs["stdin"].splitlines())
    return {key: base64.b64decode(value).decode() for key, value in pairs}


def test_nodes_are_prepared_while_the_datastore_is_made() -> None:
    for name in ("oracle-1", "oracle-3", "home-1"):
        assert needs(f"binary-{name}") == {f"binary-{name}-leave"}
        assert needs(f"registration-{name}") == {f"registration-{name}-leave"}


def test_first_server_waits_for_the_datastore_and_for_no_other_node() -> None:
    steps = {label for label in needs("node-oracle-1") if not label.endswith("-leave")}
    assert steps == {"Datastore datastore", "binary-oracle-1", "registration-oracle-1", "pod-rules-oracle-1"}


def test_no_pod_starts_before_the_rules_for_pods() -> None:
    for name in ("oracle-2", "home-1"):
        assert f"pod-rules-{name}" in needs(f"node-{name}")
    assert "tcp dport { 22, 3306, 4567 } drop" in command("pod-rules-home-1").inputs["create"]
    assert "ip daddr 192.168.1.50 tcp dport 2222 drop" in command("pod-rules-oracle-1").inputs["create"]


def test_other_servers_wait_for_the_first_only() -> None:
    for name in ("oracle-2", "oracle-3"):
        assert "node-oracle-1" in needs(f"node-{name}")
        assert not needs(f"node-{name}") & {"node-oracle-2", "node-oracle-3"} - {f"node-{name}"}


def test_agents_wait_for_all_servers_and_not_for_each_other() -> None:
    assert needs("node-home-1") >= {"node-oracle-1", "node-oracle-2", "node-oracle-3"}
    assert "node-home-2" not in needs("node-home-1")
    assert "node-home-1" not in needs("node-home-2")


def test_servers_that_run_restart_one_after_another() -> None:
    seen = ran(there=True)
    assert "node-oracle-2" in needs("node-oracle-3", seen)
    assert "node-oracle-1" in needs("node-oracle-2", seen)
    assert not needs("node-oracle-1", seen) & {"node-oracle-2", "node-oracle-3"}


def test_balancers_that_run_restart_one_after_another() -> None:
    """Each has sessions with the database, and of visitors."""
    seen = ran(there=True)
    for earlier, later in (("oracle-1", "oracle-2"), ("oracle-3", "home-1"), ("home-1", "home-2")):
        assert f"registration-{earlier}" in needs(f"registration-{later}", seen)


def test_agents_that_run_restart_a_third_at_a_time() -> None:
    def others(seen: Run, name: str) -> set[str]:
        return {one for one in needs(f"node-{name}", seen) if one.startswith("node-home-") and "leave" not in one}

    assert others(ran(there=True), "home-2") == {"node-home-1"}
    many = ran(there=True, agents=7)
    assert [others(many, f"home-{n}") for n in (1, 2, 3, 4, 7)] == [
        set(),
        set(),
        {"node-home-1"},
        {"node-home-2"},
        {"node-home-1", "node-home-3", "node-home-5"},
    ]


def test_earlier_machines_are_forgotten_before_new_ones_join_under_their_names() -> None:
    """The first server forgets its own, for it can't wait for a step that needs it."""
    for name in ("oracle-2", "oracle-3", "home-1"):
        assert "lost-nodes" in needs(f"node-{name}")
    assert "lost-nodes" not in needs("node-oracle-1")
    told = command("node-oracle-1").inputs["create"]
    assert "no_earlier_machine_is_in_the_way" in told
    assert "'DEVICE=lab-oracle-1-xxxx'" in told


def test_a_node_that_is_another_machine_is_waited_for_and_labelled_again() -> None:
    """By a host that is the same, and so has no reason of its own to run the step again."""
    assert "'DEVICE=lab-oracle-1-xxxx'" in command("labels-oracle-1").inputs["create"]
    assert command("labels-oracle-1").inputs["connection"]["host"] == "100.64.0.2"


def test_only_the_first_server_makes_the_cluster() -> None:
    makers = [one.name for one in ran().of("Command") if "'INITIALISE=yes'" in one.inputs.get("create", "")]
    assert makers == ["k3s-node-oracle-1"]


def test_only_where_visitors_come_in_is_an_address_for_them() -> None:
    nodes = [one for one in ran().of("Command") if one.name.startswith("k3s-node-") and "create" in one.inputs]
    assert [one.name for one in nodes if "'VISITORS=yes'" in one.inputs["create"]] == ["k3s-node-home-2"]
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


def test_servers_get_what_a_datastore_with_tls_needs_and_agents_do_not() -> None:
    def declare() -> None:
        endpoint = Endpoint(
            pulumi.Output.secret(URL), (), ca="CA\nPEM\n", certificate="CERT\n", key=pulumi.Output.secret("KEY\n")
        )
        hosts = {"oracle-1": host("oracle-1", 1, "server")}, {"home-1": host("home-1", 8, "agent")}
        beginning = Beginning("k3s", Settings(), hosts[0])
        K3s("k3s", K3sArgs(Settings(), beginning, endpoint, OVERLAY, *hosts))

    one = run(declare)
    told = values(command("node-oracle-1", one))
    assert "DATASTORE_CA=CA\n|PEM\n|\n" in told
    assert "DATASTORE_CERTIFICATE=CERT\n|\n" in told
    assert "SECRETS=AGENT_TOKEN DATASTORE_KEY ENDPOINT TOKEN\n" in told
    assert secrets("node-oracle-1", one)["DATASTORE_KEY"] == "KEY\n"
    assert "KEY\n" not in told.replace("DATASTORE_KEY", "")
    assert "DATASTORE" not in values(command("node-home-1", one))


def test_a_label_changes_one_step() -> None:
    def inputs(one: Run) -> dict[str, str]:
        return {resource.name: resource.inputs.get("create", "") for resource in one.of("Command")}

    before, after = inputs(ran()), inputs(ran(label="b"))
    assert [name for name in before if before[name] != after[name]] == ["k3s-labels-home-1"]


def test_a_node_is_labelled_and_drained_from_another_server() -> None:
    assert command("labels-oracle-1").inputs["connection"]["host"] == "100.64.0.2"
    assert command("labels-oracle-2").inputs["connection"]["host"] == "100.64.0.1"
    assert command("labels-home-2").inputs["connection"]["host"] == "100.64.0.1"
    assert command("labels-home-2").request.deletedWith.endswith("::oracle-1")
    assert "drain" in command("labels-home-2-leave").inputs["delete"]
    assert command("labels-home-2-leave").request.deletedWith.endswith("::oracle-1")


def test_nobody_is_drained_when_the_whole_cluster_goes_even_if_its_machines_stay() -> None:
    def declare() -> None:
        endpoint = Endpoint(pulumi.Output.secret(URL), ())
        stay = {name: replace(host(name, 1, "server"), machine=None) for name in ("home-1", "home-2")}
        beginning = Beginning("k3s", Settings(), stay)
        K3s("k3s", K3sArgs(Settings(), beginning, endpoint, OVERLAY, stay))

    for name in ("labels-home-1-leave", "labels-home-2-leave"):
        assert command(name, run(declare)).request.deletedWith.endswith("::k3s")


def test_what_a_farewell_undoes_leaves_the_state_before_it() -> None:
    """Else it would be believed to be there still, when a farewell has failed and the node is wanted again."""
    for name in ("binary", "registration", "node", "labels"):
        assert f"{name}-home-1-leave" in needs(f"{name}-home-1")


def test_a_node_leaves_before_what_it_needs_does() -> None:
    for name in ("binary-home-1", "registration-home-1", "node-oracle-1"):
        assert name in needs("node-home-1-leave")


def test_a_lone_server_looks_after_itself() -> None:
    assert command("labels-oracle-1", ran(servers=1)).inputs["connection"]["host"] == "100.64.0.1"


def test_the_cluster_is_ready_when_every_node_and_its_name_server_are() -> None:
    ready = {urn.rpartition("::")[2] for urn in ran().outputs["ready"]}
    nodes = {f"k3s-labels-{name}" for name in ("oracle-1", "oracle-2", "oracle-3", "home-1", "home-2")}
    assert ready == nodes | {"k3s-dns", "k3s-lost-nodes"}


def test_the_name_server_is_waited_for_once_nodes_are_there() -> None:
    assert {f"labels-{name}" for name in ("oracle-1", "oracle-2", "oracle-3", "home-1", "home-2")} <= needs("dns")
    check(FIXTURES / "dns.txt", values(command("dns")))


def test_what_is_in_the_cluster_waits_for_all_of_it_and_belongs_to_this_cluster_alone() -> None:
    provider = ran().one("kubernetes", "k3s")
    assert provider.inputs["clusterIdentifier"] == "tailnet-k3s-lab"
    assert provider.inputs["kubeconfig"] == KUBECONFIG
    assert "enablePatchForce" not in provider.inputs


def test_a_restored_cluster_takes_its_objects_over() -> None:
    one = ran(restored=True)
    assert one.one("kubernetes", "k3s").inputs["enablePatchForce"] in (True, "true")


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
        "renewal-home-1",
        "renewal-oracle-2",
        "kubeconfig",
    ],
)
def test_what_a_step_is_told(name: str) -> None:
    check(FIXTURES / f"{name}.txt", values(command(name)))


def test_what_asks_the_api_goes_by_a_server_that_answers() -> None:
    usual, seen = ran(there=True), ran(there=True, silent="oracle-1")

    def at(one: Run, name: str) -> str:
        return str(command(name, one).inputs["connection"]["host"])

    steps = ("dns", "lost-nodes", "labels-oracle-2", "labels-home-1", "labels-home-1-leave")
    assert {at(usual, name) for name in steps} == {"100.64.0.1"}
    assert {name: at(seen, name) for name in steps} == {
        **dict.fromkeys(steps, "100.64.0.2"),
        "labels-oracle-2": "100.64.0.3",  # never by the node itself, which it may have to drain
    }
    for one, address in ((usual, "100.64.0.1"), (seen, "100.64.0.2")):
        for text in (one.one("kubernetes", "k3s").inputs["kubeconfig"], one.outputs["kubeconfig"]):
            config = yaml.safe_load(text)
            current = next(each for each in config["contexts"] if each["name"] == config["current-context"])
            clusters = {each["name"]: each["cluster"] for each in config["clusters"]}
            assert clusters[current["context"]["cluster"]]["server"] == f"https://{address}:6443"


def test_what_needs_a_silent_server_itself_is_left() -> None:
    seen = ran(there=True, silent="oracle-1")
    left = {one.name for one in seen.of("Command") if one.request.ignoreChanges}
    its_own = {one.name for one in seen.of("Command") if one.inputs["connection"]["host"] == "100.64.0.1"}
    assert left == its_own | {"k3s-labels-oracle-1", "k3s-labels-oracle-1-leave"}
    assert "k3s-kubeconfig" in its_own
