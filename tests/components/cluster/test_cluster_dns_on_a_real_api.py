"""The cluster's name server on a real API server: what the step sets stays when k3s applies its own manifest again."""

import base64
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from lab.lab import REPOSITORY
from tests.components.prelude import run_script
from tests.lab.providers.kubernetes.api_server import ApiServer, api_server
from tests.lab.providers.programs import programs

pytestmark = pytest.mark.lab

MANIFEST = REPOSITORY / "lab/distribution/k3s/deploy/manifests/coredns.yaml"
VALUES = {
    "REPLICAS": "2",
    "DISTRIBUTION": "PreferSameNode",
    "DAEMON_SET_PROGRAM": (HERE / "node_dns.py").read_text(),
    "VERSION": "v1.36.3+k3s1",
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    with api_server(tmp_path_factory.mktemp("api")) as running:
        yield running


# The lab's k3s applies on the server's side; the published one merges three versions, as kubectl does by itself.
@pytest.mark.parametrize("way", [["--server-side", "--force-conflicts", "--field-manager=k3s-deploy"], []])
def test_what_the_step_sets_stays_when_k3s_starts_again(server: ApiServer, tmp_path: Path, way: list[str]) -> None:
    (tmp_path / "kubectl").symlink_to(programs("kube")["kube"])
    (tmp_path / "kubeconfig").write_text(server.kubeconfig)
    kubectl = [str(tmp_path / "kubectl"), f"--kubeconfig={tmp_path}/kubeconfig", f"--cache-dir={tmp_path}/cache"]
    manifest = tmp_path / "coredns.yaml"
    text = MANIFEST.read_text().replace("{{.ClusterDomain}}", "cluster.local")
    manifest.write_text(text.replace("{{.ClusterDNS}}", "10.96.0.10"))
    start = [*kubectl, "apply", *way, "-f", str(manifest)]
    stub = f'shift; exec {" ".join(kubectl)} "$@"'

    def step() -> str:
        ran = run_script(tmp_path, (HERE / "cluster_dns.sh").read_text(), VALUES, {"k3s": stub})
        assert ran.returncode == 0, ran.stderr
        return ran.stderr

    def look() -> str:
        (line,) = [one for one in (tmp_path / "marks" / "thing").read_text().splitlines() if one.startswith("holds")]
        check = base64.b64decode(line.split("\t")[2]).decode()
        environment = {"PATH": f"{tmp_path}/bin:/usr/bin:/bin"}
        return subprocess.run(
            ["bash", "-c", check], capture_output=True, text=True, env=environment, check=False
        ).stdout

    subprocess.run(start, check=True, capture_output=True)
    said = step()
    for words in ("has 2 pods; it had 1", "a name server runs on every node", "name server of their own node first"):
        assert words in said
    subprocess.run(start, check=True, capture_output=True)
    assert "unchanged" in step()
    made = server.get("DaemonSet", "coredns-node", "kube-system", "apps/v1")
    assert made
    assert made["spec"]["template"]["spec"]["containers"][0]["image"] in text
    assert look() == ""
    subprocess.run([*kubectl, "-n", "kube-system", "scale", "deployment/coredns", "--replicas=1"], check=True)
    assert look() == "the cluster's name server has 1 pods, not 2\n"
    subprocess.run([*kubectl, "-n", "kube-system", "delete", "daemonset/coredns-node"], check=True)
    assert look() == "the cluster has no name server on every node\n"
    subprocess.run([*kubectl, "delete", "-f", str(manifest)], check=True, capture_output=True)
