"""What a new user sees when `make up` has ended: nodes, database, pods that reach each other over the tailnet."""

import json
import re
from collections.abc import Iterator

import pytest
import yaml

from tests.end_to_end.conftest import AWKWARD_DATABASE, AWKWARD_LABELS
from tests.end_to_end.datastores import cluster_size, leaders
from tests.end_to_end.running import RunningLab, eventually

NAMESPACE = "e2e-cluster"
WHOAMI = "docker.io/traefik/whoami:v1.11"


def greeting_manifest() -> str:
    """A Deployment with one pod on every host, and its Service."""
    labels = {"app": "greeting"}
    spread = {"maxSkew": 1, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "DoNotSchedule"}
    container = {"name": "whoami", "image": WHOAMI, "ports": [{"containerPort": 80}]}
    pod = {
        "containers": [container],
        "topologySpreadConstraints": [{**spread, "labelSelector": {"matchLabels": labels}}],
    }
    deployment = {
        "replicas": 4,
        "selector": {"matchLabels": labels},
        "template": {"metadata": {"labels": labels}, "spec": pod},
    }
    return yaml.safe_dump_all(
        [
            {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}},
            {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "metadata": {"name": "greeting", "namespace": NAMESPACE},
                "spec": deployment,
            },
            {
                "apiVersion": "v1",
                "kind": "Service",
                "metadata": {"name": "greeting", "namespace": NAMESPACE},
                "spec": {"selector": labels, "ports": [{"port": 80}]},
            },
        ]
    )


@pytest.fixture(scope="module")
def pods(lab: RunningLab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, tuple[str, str]]]:
    """By host: name and address of the pod that runs there."""
    manifest = tmp_path_factory.mktemp("greeting") / "greeting.yaml"
    manifest.write_text(greeting_manifest())
    lab.kubectl("apply", "-f", str(manifest))
    lab.kubectl("-n", NAMESPACE, "rollout", "status", "deployment/greeting", "--timeout=120s", seconds=150)
    listed = lab.kubectl(
        "-n",
        NAMESPACE,
        "get",
        "pods",
        "-o",
        'jsonpath={range .items[*]}{.spec.nodeName} {.metadata.name} {.status.podIP}{"\\n"}{end}',
    )
    yield {host: (name, address) for host, name, address in (line.split() for line in listed.splitlines() if line)}
    lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def test_every_host_is_a_ready_node_at_its_tailnet_address(lab: RunningLab, hosts: dict[str, list[str]]) -> None:
    listed = lab.kubectl("get", "nodes", "--no-headers", "-o", "wide").splitlines()
    ready = {line.split()[0] for line in listed if line.split()[1] == "Ready"}
    assert ready == set(hosts), "\n".join(listed)
    for line in listed:
        assert re.search(r"\s100\.(6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.\d+\.\d+\s", line), f"no tailnet address: {line}"


def test_roles_show_as_labels(lab: RunningLab, hosts: dict[str, list[str]]) -> None:
    listed = lab.kubectl("get", "nodes", "-l", "node-role.kubernetes.io/control-plane=true", "-o", "name").split()
    assert {name.removeprefix("node/") for name in listed} == {
        name for name, roles in hosts.items() if "server" in roles
    }


def test_names_that_yaml_reads_as_something_else_stay_as_they_are(
    lab: RunningLab, members: list[str], datastore: str
) -> None:
    if "007" not in members:
        pytest.skip("this lab was brought up with other settings")
    (node,) = lab.objects("nodes", "--field-selector=metadata.name=007")
    labels = node["metadata"]["labels"]  # type: ignore[index]
    assert {name: labels.get(name) for name in AWKWARD_LABELS} == AWKWARD_LABELS
    for member in members if datastore == "galera" else ():
        assert AWKWARD_DATABASE in lab.ssh(member, "mariadb -Ne 'SHOW DATABASES'").split()


def test_database_has_every_member_and_one_writer(
    lab: RunningLab, hosts: dict[str, list[str]], members: list[str], datastore: str
) -> None:
    if not members:
        pytest.skip("this kind of datastore has no members")
    for member in members:
        size = cluster_size(lab, member)
        assert size == len(members), f"{member} sees {size}"
    if datastore == "etcd":
        assert len(leaders(lab, members)) == 1
        return
    writers = set()
    for server in (name for name, roles in hosts.items() if "server" in roles):
        sessions = lab.ssh(
            server, "ss -Hntp state established dport = :3306 | grep haproxy | awk '{print $4}' | sort -u | cut -d: -f1"
        )
        writers |= set(sessions.split())
    assert len(writers) == 1, f"k3s servers write to {sorted(writers)}"


def test_pods_on_two_hosts_reach_each_other_over_the_tailnet(
    lab: RunningLab, pods: dict[str, tuple[str, str]], hosts: dict[str, list[str]]
) -> None:
    assert set(pods) == set(hosts), f"pods run on {sorted(pods)}"
    first, *others = pods.values()
    for name, address in others:
        answer = lab.kubectl("-n", NAMESPACE, "exec", first[0], "--", "/whoami", "get", f"http://{address}/")
        assert name in answer, answer


def test_service_answers_by_its_dns_name(lab: RunningLab, pods: dict[str, tuple[str, str]]) -> None:
    names = {name for name, _ in pods.values()}
    for pod, _ in pods.values():
        for name in ("greeting", f"greeting.{NAMESPACE}.svc.cluster.local"):
            answer = lab.kubectl("-n", NAMESPACE, "exec", pod, "--", "/whoami", "get", f"http://{name}/")
            assert any(other in answer for other in names), f"{pod} asked {name}: {answer}"


def test_every_host_has_a_name_server_whatever_k3s_applies_when_it_starts(
    lab: RunningLab, hosts: dict[str, list[str]]
) -> None:
    server = [name for name, roles in hosts.items() if "server" in roles][-1]
    since = lab.ssh(server, "date +%s").strip()
    lab.ssh(server, "systemctl restart k3s")
    applied = f"journalctl -u k3s --since @{since} -o cat | grep -c 'applied .*/coredns.yaml' || true"
    eventually(f"{server} to apply its manifests", 120, lambda: int(lab.ssh(server, applied)) > 0)

    def serving() -> set[str]:
        path = "jsonpath={range .items[*]}{.spec.nodeName} {end}"
        return set(lab.kubectl("-n", "kube-system", "get", "pods", "-l", "k8s-app=kube-dns", "-o", path).split())

    eventually("a name server on every host", 60, lambda: serving() == set(hosts))
    lab.kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=60s")
    seen = lab.kubectl("-n", "kube-system", "get", "deployment/coredns", "service/kube-dns", "-o", "json")
    deployment, service = (item["spec"] for item in json.loads(seen)["items"])
    assert (deployment["replicas"], service["trafficDistribution"]) == (2, "PreferSameNode")


def test_flannel_runs_on_the_tailnet(lab: RunningLab, hosts: dict[str, list[str]]) -> None:
    for host in hosts:
        assert "dev tailscale0" in lab.ssh(host, "ip -d link show flannel.1"), host


def test_second_server_serves_the_api_alone(lab: RunningLab, hosts: dict[str, list[str]]) -> None:
    """No join, no agent and no owner depends on the first server: with its k3s stopped, all goes on by another."""
    first, *_ = (name for name, roles in hosts.items() if "server" in roles)
    second = [name for name, roles in hosts.items() if "server" in roles][1]
    agent = next(name for name, roles in hosts.items() if "agent" in roles)
    lab.ssh(first, "systemctl stop k3s")
    try:
        lab.ssh(agent, "systemctl restart k3s-agent || systemctl restart k3s")
        before = lab.ssh(second, "date -u +%FT%TZ").strip()

        def heard_from() -> bool:
            renewed = lab.ssh(
                second,
                f"k3s kubectl -n kube-node-lease get lease {agent} -o jsonpath='{{.spec.renewTime}}'",
            ).strip()
            return renewed > before

        eventually(f"{agent} to renew its lease through {second}", 60, heard_from)
        contexts = lab.kubectl("config", "get-contexts", "-o", "name").split()
        (context,) = (name for name in contexts if name.endswith(f"-{second}"))
        assert lab.kubectl("--context", context, "get", "node", agent, "-o", "name").strip() == f"node/{agent}"
    finally:
        lab.ssh(first, "systemctl start k3s")
