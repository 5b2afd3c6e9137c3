"""config.yaml and registries.yaml of nodes, as text beside this test, and labels by role."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from components.cluster.configuration import agent_config, dns_replicas, node_labels, registries, server_config
from components.hosts.host import Host
from components.settings.k3s import K3s
from tests.components.golden import check
from tests.engine import run
from tests.stack import host

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def node() -> Host:
    """A host with everything; made in a run, for it has resources."""
    made: list[Host] = []

    def declare() -> None:
        made.append(host("oracle-1", 1, "server", "database"))

    run(declare)
    return replace(made[0], labels={"example.com/rack": "a"}, taints=("dedicated=db:NoSchedule",))


def test_config_of_a_server(node: Host) -> None:
    settings = K3s.model_validate(
        {
            "disable": ["traefik", "servicelb"],
            "server_options": {"secrets-encryption": True, "kubelet-arg": ["max-pods=50", "v=2"]},
        }
    )
    check(FIXTURES / "server.yaml", server_config(node, settings, False, "100.64.0.1"))


def test_a_server_encrypts_secrets_if_the_cluster_does(node: Host) -> None:
    def option(encrypts: bool, **options: bool) -> object:
        given = K3s(server_options={name.replace("_", "-"): value for name, value in options.items()})
        return yaml.safe_load(server_config(node, given, encrypts, "100.64.0.1")).get("secrets-encryption")

    assert [option(True), option(False), option(False, secrets_encryption=True)] == [True, None, True]


def test_pods_that_say_nothing_leave_a_lost_host_in_time(node: Host) -> None:
    """k3s' own too: CoreDNS, metrics-server, the maker of volumes."""

    def arguments(**settings: object) -> list[str]:
        config = server_config(node, K3s.model_validate(settings), False, "100.64.0.1")
        given: list[str] = yaml.safe_load(config)["kube-apiserver-arg"]
        return given

    not_ready, unreachable = "default-not-ready-toleration-seconds", "default-unreachable-toleration-seconds"
    assert arguments() == [f"{not_ready}=30", f"{unreachable}=30"]
    assert arguments(lost_seconds=5) == [f"{not_ready}=5", f"{unreachable}=5"]
    own = {"kube-apiserver-arg": ["v=2", f"--{unreachable}=600"]}
    assert arguments(server_options=own) == [f"{not_ready}=30", "v=2", f"--{unreachable}=600"]
    assert arguments(server_options={"kube-apiserver-arg": "v=2"})[-1] == "v=2"


@pytest.mark.parametrize("name", ["007", "1", "1e3", "2024-01-01", "no", "null", "on", "y"])
def test_no_yaml_reads_a_text_as_something_else(node: Host, name: str) -> None:
    lines = server_config(replace(node, name=name), K3s(server_options={"etcd-s3-region": name}), False, "100.64.0.1")
    options = {option: json.loads(value) for option, _, value in (line.partition(": ") for line in lines.splitlines())}
    assert (options["node-name"], options["tls-san"][0], options["etcd-s3-region"]) == (name, name, name)


def test_config_of_an_agent(node: Host) -> None:
    check(FIXTURES / "agent.yaml", agent_config(node, "100.64.0.9"))


def test_mirrors_of_registries() -> None:
    mirrors = {"docker.io": ("http://mirror.example:5000", "https://other.example"), "*": ("http://all.example",)}
    check(FIXTURES / "registries.yaml", registries(mirrors))


def test_no_mirrors_is_a_file_too() -> None:
    assert yaml.safe_load(registries({})) == {"mirrors": {}}


def test_others_come_to_a_server_in_the_tailnet_even_if_it_has_another_address(node: Host) -> None:
    assert yaml.safe_load(server_config(node, K3s(), False, "100.64.0.1"))["advertise-address"] == "100.64.0.1"


def test_no_node_names_another(node: Host) -> None:
    settings = K3s()
    assert "100.64.0.2" not in server_config(node, settings, False, "100.64.0.1")
    assert 'server: "https://127.0.0.1:16443"' in agent_config(node, "100.64.0.9")


def test_the_interface_is_not_in_a_config_that_the_first_server_starts_with(node: Host) -> None:
    assert "flannel-iface" not in server_config(node, K3s(), False, "100.64.0.1")


def test_roles_that_k3s_does_not_show_become_labels(node: Host) -> None:
    assert node_labels(node) == {"example.com/rack": "a", "node-role.kubernetes.io/database": "true"}


def test_only_hosts_that_take_visitors_in_give_up_their_ports(node: Host) -> None:
    label = "svccontroller.k3s.cattle.io/enablelb"
    assert label not in node_labels(node)
    assert node_labels(replace(node, roles=frozenset({"server", "ingress"})))[label] == "true"


def test_the_name_server_has_two_pods_where_two_hosts_may_have_one(node: Host) -> None:
    free, wished = replace(node, taints=()), replace(node, taints=("slow:PreferNoSchedule",))
    assert [dns_replicas([free]), dns_replicas([free, node]), dns_replicas([node])] == [1, 1, 1]
    assert [dns_replicas([free, wished]), dns_replicas([free, free, free])] == [2, 2]
