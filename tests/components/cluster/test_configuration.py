"""config.yaml and registries.yaml of nodes, as text beside this test, and labels by role."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from components.cluster.configuration import agent_config, node_labels, registries, server_config
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
    check(FIXTURES / "server.yaml", server_config(node, settings, "100.64.0.1"))


def test_config_of_an_agent(node: Host) -> None:
    check(FIXTURES / "agent.yaml", agent_config(node, "100.64.0.9"))


def test_mirrors_of_registries() -> None:
    mirrors = {"docker.io": ("http://mirror.example:5000", "https://other.example"), "*": ("http://all.example",)}
    check(FIXTURES / "registries.yaml", registries(mirrors))


def test_no_mirrors_is_a_file_too() -> None:
    assert yaml.safe_load(registries({})) == {"mirrors": {}}


def test_others_come_to_a_server_in_the_tailnet_even_if_it_has_another_address(node: Host) -> None:
    assert yaml.safe_load(server_config(node, K3s(), "100.64.0.1"))["advertise-address"] == "100.64.0.1"


def test_no_node_names_another(node: Host) -> None:
    settings = K3s()
    assert "100.64.0.2" not in server_config(node, settings, "100.64.0.1")
    assert "server: https://127.0.0.1:16443" in agent_config(node, "100.64.0.9")


def test_the_interface_is_not_in_a_config_that_the_first_server_starts_with(node: Host) -> None:
    assert "flannel-iface" not in server_config(node, K3s(), "100.64.0.1")


def test_roles_that_k3s_does_not_show_become_labels(node: Host) -> None:
    assert node_labels(node) == {"example.com/rack": "a", "node-role.kubernetes.io/database": "true"}
