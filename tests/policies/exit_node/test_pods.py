"""The rule on exit nodes: pods of the cluster, what they read, and the operator's own resources."""

from typing import Any

import pytest

from tests.policies.exit_node.rule import encoded, violations

POD = "kubernetes:core/v1:Pod"
DEPLOYMENT = "kubernetes:apps/v1:Deployment"
CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
SECRET = "kubernetes:core/v1:Secret"
CONNECTOR = "kubernetes:tailscale.com/v1alpha1:Connector"
IMAGE = "ghcr.io/tailscale/tailscale:v1.98.10"


def variable(name: str, value: str) -> dict[str, str]:
    return {"name": name, "value": value}


SIDECARS: dict[str, dict[str, Any]] = {
    "words": {"command": ["tailscale", "up"], "args": ["--exit-node", "home-1"]},
    "arguments of the image": {"env": [variable("TS_EXTRA_ARGS", "--advertise-exit-node")]},
    "routes of the image": {"env": [variable("TS_ROUTES", "0.0.0.0/0,::/0")]},
    "halves": {"env": [variable("TS_ROUTES", "0.0.0.0/1,128.0.0.0/1")]},
    "a variable in words": {
        "command": ["tailscale", "set", "--$(NAME)=home-1"],
        "env": [variable("NAME", "exit-node")],
    },
    "a script": {"command": ["sh", "-c", "# joins\ntailscale set \\\n  --exit-node=home-1"]},
    "a script on one line": {"command": ["sh", "-c", "echo on; tailscale set --exit-node=home-1"]},
}
HARMLESS: dict[str, dict[str, Any]] = {
    "a plain one": {"env": [variable("TS_EXTRA_ARGS", "--accept-routes=false"), variable("TS_ROUTES", "10.1.0.0/16")]},
    "an offer switched off": {"env": [variable("TS_EXTRA_ARGS", "--advertise-exit-node=false")]},
    "a comment": {"command": ["sh", "-c", "# no --exit-node=home-1\ntailscale up"]},
    "a message": {"command": ["sh", "-c", "echo never --exit-node=home-1"]},
    "a name": {"name": "exit-node", "command": ["exit-node", "--exit-nodes=2"]},
    "a variable from elsewhere": {"env": [{"name": "TS_EXTRA_ARGS", "valueFrom": {"secretKeyRef": {"name": "x"}}}]},
}


@pytest.mark.parametrize("container", SIDECARS.values(), ids=SIDECARS.keys())
def test_refuses_a_side_car_with(container: dict[str, Any]) -> None:
    beside = [{"name": "app", "image": "app"}, {"image": IMAGE, **container}]
    assert violations(POD, spec={"containers": beside})
    assert violations(DEPLOYMENT, spec={"template": {"spec": {"initContainers": beside}}})


@pytest.mark.parametrize("container", HARMLESS.values(), ids=HARMLESS.keys())
def test_allows_a_side_car_with(container: dict[str, Any]) -> None:
    assert violations(POD, spec={"containers": [{"image": IMAGE, **container}]}) == []


def test_the_report_names_the_container() -> None:
    (found,) = violations(POD, spec={"containers": [{"env": [variable("TS_ROUTES", "::/0")]}]})
    assert found.startswith("thing: spec.containers.0.env has TS_ROUTES ::/0.")


FILES = {
    "a script": {"run.sh": "tailscale up --exit-node=home-1\n"},
    "a variable": {"TS_EXTRA_ARGS": "--advertise-exit-node"},
    "routes": {"TS_ROUTES": "0.0.0.0/0"},
    "preferences": {"prefs.json": '{"ExitNodeID": "n1"}'},
    "a manifest": {"x.yaml": "apiVersion: tailscale.com/v1alpha1\nkind: Connector\nspec: {exitNode: true}\n"},
}


@pytest.mark.parametrize("data", FILES.values(), ids=FILES.keys())
def test_refuses_a_config_map_with(data: dict[str, str]) -> None:
    assert violations(CONFIG_MAP, data=data)
    assert violations(SECRET, stringData=data)


def test_refuses_a_secret_in_base64() -> None:
    assert violations(SECRET, data={"TS_EXTRA_ARGS": encoded("--exit-node=home-1")})


@pytest.mark.parametrize(
    "data",
    [
        {"README.md": "Never run tailscale up --exit-node=home-1"},
        {"index.html": "<code>tailscale up --exit-node=home-1</code>"},
        {"run.sh": "# never --exit-node=home-1\ntailscale up\n"},
        {"prefs.json": '{"ExitNodeID": "", "AdvertiseRoutes": ["10.0.0.0/8"]}'},
        {"exit-node": "no"},
    ],
    ids=["a document", "a page", "a comment", "preferences", "a name"],
)
def test_allows_a_config_map_with(data: dict[str, str]) -> None:
    assert violations(CONFIG_MAP, data=data) == []


def test_refuses_a_connector_that_is_one() -> None:
    (found,) = violations(CONNECTOR, spec={"hostname": "out", "exitNode": True})
    assert found.startswith("thing: spec has exitNode: true.")


@pytest.mark.parametrize("routes", [["0.0.0.0/0"], ["::/0"], ["0.0.0.0/1", "128.0.0.0/1"]], ids=str)
def test_refuses_a_connector_with_routes_to_everywhere(routes: list[str]) -> None:
    assert violations(CONNECTOR, spec={"subnetRouter": {"advertiseRoutes": routes}})


def test_allows_other_connectors() -> None:
    assert violations(CONNECTOR, spec={"exitNode": False, "subnetRouter": {"advertiseRoutes": ["10.1.0.0/16"]}}) == []
    assert violations(CONNECTOR, metadata={"name": "exit-node"}) == []


def test_refuses_a_class_of_the_operators_proxies() -> None:
    container = {"env": [variable("TS_EXTRA_ARGS", "--exit-node=home-1")]}
    spec = {"statefulSet": {"pod": {"tailscaleContainer": container}}}
    assert violations("kubernetes:tailscale.com/v1alpha1:ProxyClass", spec=spec)


def test_refuses_settings_of_a_chart() -> None:
    values = "env:\n  TS_EXTRA_ARGS: --advertise-exit-node\n"
    assert violations("kubernetes:helm.cattle.io/v1:HelmChart", spec={"valuesContent": values})
    assert violations("kubernetes:helm.sh/v3:Release", values={"extraArgs": ["--exit-node", "home-1"]})


def test_allows_words_that_set_nothing_up() -> None:
    text = "tailscale up --exit-node=home-1"
    assert violations(POD, metadata={"annotations": {"note": text}}, spec={"containers": [{"image": "app"}]}) == []
    definition = {"versions": [{"schema": {"description": text}}]}
    assert violations("kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition", spec=definition) == []
