"""What a pod reaches of its cluster's hosts: the API and its own database, and nothing that is the hosts' own."""

import json
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from components.datastore.endpoint import SERVICE_NAME, SERVICE_NAMESPACE
from components.datastore.etcd.ports import MEMBER_PORTS as ETCD_PORTS
from components.datastore.galera.ports import MEMBER_PORTS
from lab.engine import outputs
from tests.end_to_end.running import RunningLab
from tests.end_to_end.test_firewall import SCAN

METADATA = "169.254.169.254"
IN_A_POD = """nsenter --net --target="$(for pid in $(pgrep -x pause); do
  [ "$(readlink "/proc/$pid/ns/net")" = "$(readlink /proc/self/ns/net)" ] || { echo "$pid" && break; }
done)\""""
"""Before a command of a host: it runs in the network of one of the host's pods that has its own."""


@pytest.fixture(scope="module")
def nodes(lab: RunningLab) -> dict[str, str]:
    """Tailnet address of each node."""
    return dict(outputs(lab.workspace)["nodes"])


def reached(lab: RunningLab, host: str, address: str, ports: set[int], where: str = IN_A_POD) -> set[int]:
    """TCP ports of an address that a pod of the host reaches."""
    words = ("python3", "-c", SCAN, address, json.dumps(sorted(ports)))
    return set(json.loads(lab.ssh(host, f"{where} {shlex.join(words)}")))


def test_a_pod_reaches_the_api_and_neither_datastore_nor_ssh_nor_metadata(
    lab: RunningLab, nodes: dict[str, str], hosts: dict[str, list[str]], datastore: str
) -> None:
    closed = {22, *(ETCD_PORTS if datastore == "etcd" else MEMBER_PORTS)}
    open_to_hosts = set(ETCD_PORTS) if datastore == "etcd" else {3306, 4567}
    first = next(iter(nodes.values()))
    assert {22, *open_to_hosts} <= reached(lab, list(nodes)[1], first, closed, where=""), "nothing listens: no proof"

    def seen(host: str) -> dict[str, set[int]]:
        return {other: reached(lab, host, nodes[other], {*closed, 6443, 10250}) for other in nodes}

    with ThreadPoolExecutor(4) as pool:
        found = dict(zip(nodes, pool.map(seen, nodes), strict=True))
    servers = {name for name, roles in hosts.items() if "server" in roles}
    expected = {other: {6443, 10250} if other in servers else {10250} for other in nodes}
    assert found == dict.fromkeys(nodes, expected)
    # The lab has no metadata. The first host plays it, with the address that clouds have for it.
    host = next(iter(nodes))
    lab.ssh(host, f"ip address add {METADATA}/32 dev lo")
    try:
        assert reached(lab, host, METADATA, {22}, where="") == {22}
        assert reached(lab, host, METADATA, {22}) == set()
    finally:
        lab.ssh(host, f"ip address del {METADATA}/32 dev lo")


def test_a_pod_reaches_its_own_database_on_every_node(
    lab: RunningLab, nodes: dict[str, str], members: list[str], datastore: str
) -> None:
    if datastore != "galera":
        pytest.skip("this kind of datastore has no databases for pods")
    wanted = ("get", "service", "-n", SERVICE_NAMESPACE, SERVICE_NAME, "-o", "jsonpath={.spec.clusterIP}")
    service = lab.kubectl(*wanted).strip()
    for host in nodes:
        assert reached(lab, host, service, {3306}) == {3306}, host
    ((name, url),) = outputs(lab.workspace)["databases"].items()
    login = re.fullmatch(rf"mysql://{name}:(\w+)@tcp\({SERVICE_NAME}\.{SERVICE_NAMESPACE}\.svc:3306\)/{name}", url)
    assert login, "not an address for pods"
    said = "CREATE OR REPLACE TABLE seen (word TEXT); INSERT INTO seen VALUES ('written'); SELECT word FROM seen"
    client = shlex.join(["mariadb", "-N", "-h", service, "-u", name, name, "-e", said])
    script = f"read -r MYSQL_PWD; export MYSQL_PWD; {IN_A_POD} {client}"
    command = lab.command("ssh", members[-1], "--", "sudo", "bash", "-c", script)
    asked = subprocess.run(command, input=f"{login[1]}\n", capture_output=True, text=True, timeout=60, check=False)
    assert asked.stdout.strip() == "written", asked.stderr
