"""The loss of a machine: the one that matters most, the first server and writer, loses its power and comes back."""

from functools import partial

from lab.hosts import cut_power, start_host
from tests.end_to_end.datastores import cluster_size
from tests.end_to_end.running import RunningLab, eventually
from tests.end_to_end.visitor import Visitor, origins

TAKEOVER_SECONDS = 90
"""Until writes go on elsewhere: two to three seconds on a machine that has nothing else to do."""
RETURN_SECONDS = 240


def ready_nodes(lab: RunningLab, server: str) -> set[str]:
    """Names of the nodes that are Ready, asked of one server."""
    listed = lab.ssh(server, "k3s kubectl get nodes --no-headers --request-timeout=10s").splitlines()
    return {line.split()[0] for line in listed if line.split()[1] == "Ready"}


def answers(lab: RunningLab, url: str, origin: str) -> bool:
    """Whether a host serves a site to the edge."""
    ask = ["curl", "-sk", "-o", "/dev/null", "-w", "%{http_code}", "--max-time", "5"]
    return lab.output_of("edge", *ask, "--connect-to", f"::{origin}:443", url).output == "200"


def test_the_cluster_outlives_its_first_server_and_writer(
    lab: RunningLab, hosts: dict[str, list[str]], members: list[str]
) -> None:
    first, second = members[:2]
    cut_power(lab.lab, first)
    try:
        # Read back: an answer alone means little at such a moment, see README.
        kubectl = "k3s kubectl -n default --request-timeout=10s"
        write = f"{kubectl} create configmap loss-of-a-host; {kubectl} get configmap loss-of-a-host -o name"
        eventually(f"{second} to write", TAKEOVER_SECONDS, lambda: "configmap/loss" in lab.ssh(second, write))
        eventually("the others to go on", TAKEOVER_SECONDS, lambda: cluster_size(lab, second) == len(members) - 1)
        everyone_else = set(hosts) - {first}
        eventually("the node to be missed", 120, lambda: ready_nodes(lab, second) == everyone_else)
    finally:
        start_host(lab.lab, first)
    eventually("the member to be back", RETURN_SECONDS, lambda: cluster_size(lab, first) == len(members))
    eventually("all nodes to be Ready", RETURN_SECONDS, lambda: ready_nodes(lab, first) == set(hosts))
    lab.ssh(first, "k3s kubectl -n default delete configmap loss-of-a-host")


def test_all_hosts_come_back_from_an_outage_of_all(
    lab: RunningLab, hosts: dict[str, list[str]], members: list[str], visitor: Visitor, ingress_hosts: list[str]
) -> None:
    for host in hosts:
        cut_power(lab.lab, host)
    for host in hosts:
        start_host(lab.lab, host)
    whole = {member: len(members) for member in members}
    eventually(f"all of {members}", RETURN_SECONDS, lambda: {at: cluster_size(lab, at) for at in members} == whole)
    eventually("all nodes to be Ready", RETURN_SECONDS, lambda: ready_nodes(lab, members[0]) == set(hosts))
    stores = any("storage" in roles for roles in hosts.values())
    for url in (visitor.url("whoami"), *([visitor.url("s3", "/minio/health/live")] if stores else [])):
        for origin in origins(lab, ingress_hosts):
            eventually(f"{url} by {origin}", RETURN_SECONDS, partial(answers, lab, url, origin))
