"""The cluster's name server: as many pods as it should have, and one on every node, whatever k3s has started."""

import base64
import json
import subprocess
from pathlib import Path

import pytest

from components.cluster.configuration import dns_distribution
from components.cluster.k3s import HERE
from components.cluster.node_dns import daemon_set
from tests.components.prelude import run_script

TEMPLATE = {
    "metadata": {"labels": {"k8s-app": "kube-dns"}, "annotations": {"restarted": "once"}},
    "spec": {
        "serviceAccountName": "coredns",
        "topologySpreadConstraints": [{"maxSkew": 1}],
        "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
        "containers": [{"name": "coredns", "image": "coredns:1", "resources": {"requests": {"cpu": "100m"}}}],
    },
}
DEPLOYMENT = {"metadata": {"namespace": "kube-system"}, "spec": {"replicas": 1, "template": TEMPLATE}}
# The API as files: FOLDER/replicas, /daemon_set, /distribution; `written` notes that somebody has changed one.
K3S = """last=${*: -1}
case "$*" in
  *"get deployment/coredns daemonset/coredns-node service/kube-dns"*)
    [ -s "$FOLDER/daemon_set" ] || { echo 'Error: daemonsets.apps "coredns-node" not found' >&2; exit 1; }
    echo "$(<"$FOLDER/replicas") coredns:${COREDNS:-1} "; echo " coredns:1 "; echo "  $(<"$FOLDER/distribution")" ;;
  *"get deployment/coredns -o json") cat "$FOLDER/deployment" ;;
  *"get deployment/coredns"*) cat "$FOLDER/replicas" ;;
  *"scale deployment/coredns --replicas="*) printf %s "${last##*=}" >"$FOLDER/replicas"; touch "$FOLDER/written" ;;
  *"rollout status deployment"*) echo 'deployment "coredns" successfully rolled out' ;;
  *"get daemonset/coredns-node"*) [ ! -s "$FOLDER/daemon_set" ] || cksum <"$FOLDER/daemon_set" ;;
  *apply*) cat >"$FOLDER/new"; cmp -s "$FOLDER/new" "$FOLDER/daemon_set" || touch "$FOLDER/written"
    mv "$FOLDER/new" "$FOLDER/daemon_set" ;;
  *"get nodes"*) printf '%s\\n' 'oracle-1 True' 'home-1 True' 'lost-1 Unknown' ;;
  *"get pods"*) printf '%s\\n' 'oracle-1 True' 'home-1 True' 'lost-1 False' ;;
  *"get service/kube-dns"*) cat "$FOLDER/distribution" ;;
  *"patch service/kube-dns"*) grep -o 'Prefer[A-Za-z]*' <<<"$last" >"$FOLDER/distribution"; touch "$FOLDER/written" ;;
  *) echo "unexpected: $*" >&2; exit 1 ;;
esac"""


def step(folder: Path, wanted: str = "2", distribution: str = "PreferSameNode") -> subprocess.CompletedProcess[str]:
    values = {
        "REPLICAS": wanted,
        "DISTRIBUTION": distribution,
        "DAEMON_SET_PROGRAM": (HERE / "node_dns.py").read_text(),
        "VERSION": "v1.36.3+k3s1",
    }
    ran = run_script(folder, (HERE / "cluster_dns.sh").read_text(), values, {"k3s": K3S})
    assert ran.returncode == 0, ran.stderr
    return ran


@pytest.fixture
def api(tmp_path: Path) -> Path:
    """A cluster as k3s makes it."""
    for name, text in {
        "replicas": "1",
        "daemon_set": "",
        "distribution": "",
        "deployment": json.dumps(DEPLOYMENT),
    }.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("wanted", ["1", "2"])
def test_all_of_it_is_made_once(api: Path, wanted: str) -> None:
    step(api, wanted)
    assert (api / "replicas").read_text() == wanted
    assert (api / "distribution").read_text().strip() == "PreferSameNode"
    assert json.loads((api / "daemon_set").read_text()) == daemon_set(DEPLOYMENT)
    (api / "written").unlink()
    assert "unchanged" in step(api, wanted).stderr
    assert not (api / "written").exists()


def test_an_old_service_stays_as_it_is(api: Path) -> None:
    step(api, distribution="")
    assert (api / "distribution").read_text() == ""
    assert [dns_distribution(version) for version in ("v1.33.13+k3s1", "v1.34.9+k3s1")] == ["", "PreferSameNode"]


def test_a_node_s_own_name_server_is_k3s_s_and_stays_where_it_is() -> None:
    made = daemon_set(json.loads(json.dumps(DEPLOYMENT)))
    template = made["spec"]["template"]
    assert template["metadata"] == {"labels": {"k8s-app": "kube-dns", "app.kubernetes.io/name": "coredns-node"}}
    assert made["spec"]["selector"]["matchLabels"].items() <= template["metadata"]["labels"].items()
    assert "k8s-app" not in made["spec"]["selector"]["matchLabels"], "k3s' own pods are not this one's"
    assert template["spec"]["tolerations"] == [{"operator": "Exists"}]
    assert "topologySpreadConstraints" not in template["spec"]
    assert template["spec"]["serviceAccountName"] == "coredns"
    assert template["spec"]["containers"][0]["image"] == "coredns:1"


@pytest.mark.parametrize(
    ("change", "coredns", "words"),
    [
        ({"replicas": "1"}, "1", "the cluster's name server has 1 pods, not 2\n"),
        ({"daemon_set": ""}, "1", "the cluster has no name server on every node\n"),
        ({"distribution": ""}, "1", "pods do not ask the name server of their own node first\n"),
        ({}, "2", "the name servers of the nodes run coredns:1, and k3s has coredns:2\n"),
        ({}, "1", ""),
    ],
)
def test_the_look_sees_what_was_changed(api: Path, change: dict[str, str], coredns: str, words: str) -> None:
    step(api)
    for name, text in change.items():
        (api / name).write_text(text)
    (line,) = [line for line in (api / "marks" / "thing").read_text().splitlines() if line.startswith("holds")]
    check = base64.b64decode(line.split("\t")[2]).decode()
    environment = {"PATH": f"{api}/bin:/usr/bin:/bin", "FOLDER": str(api), "COREDNS": coredns}
    ran = subprocess.run(["bash", "-c", check], capture_output=True, text=True, env=environment, check=False)
    assert (ran.stdout, ran.returncode) == (words, 1 if words else 0), ran.stderr
