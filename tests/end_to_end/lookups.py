"""Pods that look names up: one on each host, which nobody moves."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

import yaml

from tests.end_to_end.running import RunningLab, eventually

NAMESPACE = "e2e-names"
NAME = "kubernetes.default.svc.cluster.local"
STEADY = (Path(__file__).parent / "steady_lookups.py").read_text()
RUNNING = "/run/steady-lookups"
"""On each host, as long as its pod looks names up."""
START_SECONDS = 30


@dataclass(frozen=True)
class Lookups:
    """Pods of a DaemonSet, and the cluster's name server."""

    lab: RunningLab
    server: str
    """The name server's address."""

    @contextmanager
    def steadily(self, hosts: list[str]) -> Iterator[dict[str, float]]:
        """While the body runs, a pod on each of the hosts looks a name up, 10 times a second. Gives by host afterwards
        how long no look-up got an answer, in seconds, at most."""
        addresses, breaks = self._addresses(), dict[str, float]()
        with ThreadPoolExecutor(len(hosts)) as pool:
            loops: dict[str, Future[list[tuple[float, bool]]]] = {}
            try:
                for host in hosts:
                    loops[host] = pool.submit(self._look_up, host, addresses[host])
                for host in hosts:
                    eventually(f"look-ups on {host}", START_SECONDS, partial(self._looks_up, host))
                yield breaks
            finally:
                for host in hosts:
                    self.lab.ssh(host, f"rm -f {RUNNING}")
            breaks |= {host: longest_break(loop.result()) for host, loop in loops.items()}

    def _addresses(self) -> dict[str, str]:
        """Of the pods, by host. A host that was off gives its pod another one."""
        rollout = ("rollout", "status", "daemonset/names", "--timeout=120s")
        self.lab.kubectl("-n", NAMESPACE, *rollout, seconds=150)
        found = self.lab.objects("pods", "-n", NAMESPACE)
        return {one["spec"]["nodeName"]: one["status"]["podIP"] for one in found}  # type: ignore[index]

    def _look_up(self, host: str, pod: str) -> list[tuple[float, bool]]:
        """When a pod asked for the name, and whether it got an answer."""
        script = f"""set -eu
for space in /run/netns/*; do
  ! nsenter --net="$space" ip -4 -o address | grep -qF 'inet {pod}/' || found=$space
done
nsenter --net="${{found:?no pod has the address {pod}}}" python3 - {self.server} {NAME} {RUNNING} <<'END'
{STEADY}
END"""
        lines = [json.loads(line) for line in self.lab.ssh(host, script).splitlines() if line.startswith("{")]
        return sorted((line["at"], line["found"]) for line in lines)

    def _looks_up(self, host: str) -> bool:
        return "yes" in self.lab.ssh(host, f"[ ! -e {RUNNING} ] || echo yes")


@contextmanager
def pods_for_lookups(lab: RunningLab, by: str) -> Iterator[Lookups]:
    """Creates the pods, by a server of the cluster, and removes them at the end."""
    labels = {"app": "names"}
    container = {"name": "whoami", "image": "docker.io/traefik/whoami:v1.11"}
    spec = {"containers": [container], "tolerations": [{"operator": "Exists"}], "terminationGracePeriodSeconds": 0}
    daemon_set = {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": "names", "namespace": NAMESPACE},
        "spec": {"selector": {"matchLabels": labels}, "template": {"metadata": {"labels": labels}, "spec": spec}},
    }
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    lab.ssh(by, f"k3s kubectl apply -f - <<'END'\n{yaml.safe_dump_all([namespace, daemon_set])}\nEND")
    try:
        address = ("get", "service/kube-dns", "-o", "jsonpath={.spec.clusterIP}")
        yield Lookups(lab, lab.kubectl("-n", "kube-system", *address).strip())
    finally:
        lab.kubectl("delete", "namespace", NAMESPACE, "--wait=false")


def longest_break(lookups: list[tuple[float, bool]]) -> float:
    """Seconds between two look-ups that got an answer, at most. Begin and end of the loop count as answers."""
    times = [lookups[0][0], *(at for at, found in lookups if found), lookups[-1][0]]
    return max(later - earlier for earlier, later in pairwise(times))
