"""k3s itself on a restored datastore, on one real host: with another token, and as another machine of the same name."""

import json
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.datastore.etcd.configuration import TLS
from lab.hosts import delete_lab, list_hosts
from lab.internet.service import stop_services
from lab.lab import Lab
from tests.components.backup.site import OTHER_TOKEN, TOKEN, Site
from tests.components.backup.test_etcd_on_hosts import EtcdSite, new_etcd_site
from tests.components.backup.test_galera_on_hosts import FIRST, GaleraSite, new_site
from tests.components.datastore.etcd.member_hosts import etcd_lab
from tests.lab.providers.programs import program

pytestmark = pytest.mark.lab
PASSWORD = "password-of-the-database"
CONFIG = """token: 'TOKEN'
node-name: home-1
node-ip: 10.0.0.11
advertise-address: 10.0.0.11
secrets-encryption: true
disable: [traefik, servicelb, local-storage, metrics-server]
"""
DATASTORE = {
    "galera": f"datastore-endpoint: 'mysql://k3s:{PASSWORD}@tcp(10.0.0.11:3306)/k3s'\n",
    "etcd": "datastore-endpoint: https://127.0.0.1:2379\n"
    f"datastore-cafile: {TLS}/authority.crt\ndatastore-certfile: {TLS}/server.pem\n"
    f"datastore-keyfile: {TLS}/server.pem\n",
}
UNIT = """[Service]
Type=notify
ExecStart=/usr/local/bin/k3s server
KillMode=process
Delegate=yes
TimeoutStartSec=300
"""


@pytest.fixture(scope="module", params=list(DATASTORE))
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A host with the only member of its cluster, and k3s on it."""
    make = galera_site if request.param == "galera" else etcd_site
    for found in make(tmp_path_factory.mktemp("lab")):
        (host,) = list_hosts(found.hosts.lab)
        binary = f"/proc/{host.pid}/root/usr/local/bin/k3s"
        subprocess.run(["install", "-m", "755", program("k3s"), binary], check=True)
        found.hosts.on(FIRST, f"mkdir -p /etc/rancher/k3s; cat >/etc/systemd/system/k3s.service <<'END'\n{UNIT}END")
        yield found


def galera_site(folder: Path) -> Iterator[Site]:
    lab = Lab("t-again", folder)
    try:
        yield new_site(lab, (11,))
    finally:
        stop_services(lab)
        delete_lab(lab)


def etcd_site(folder: Path) -> Iterator[Site]:
    with etcd_lab("t-again-etcd", folder, 11) as members:
        try:
            yield new_etcd_site(members)
        finally:
            stop_services(members.lab)


def begin(site: Site) -> None:
    """Nothing is in the datastore."""
    if isinstance(site, GaleraSite):
        site.sql("DROP DATABASE IF EXISTS k3s; CREATE DATABASE k3s")
        site.sql(f"CREATE USER IF NOT EXISTS k3s@'%' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON k3s.* TO k3s@'%'")


def start(site: Site, token: str) -> None:
    """k3s with this token, until its API answers and its node is Ready."""
    config = CONFIG.replace("TOKEN", token) + DATASTORE[site.kind]
    site.hosts.on(FIRST, f"cat >/etc/rancher/k3s/config.yaml <<'END'\n{config}END")
    site.hosts.on(
        FIRST,
        "systemctl daemon-reload; systemctl start k3s || { journalctl -u k3s -n 20 -o cat >&2; exit 1; }",
        seconds=300,
    )
    lease = "k3s kubectl -n kube-node-lease get lease home-1 && k3s kubectl wait --for condition=Ready node/home-1"
    wait = f"for _ in {{1..100}}; do {{ {lease}; }} && exit; sleep 1; done; journalctl -u k3s -n 12 -o cat"
    said = site.hosts.on(FIRST, f"{wait}", seconds=300)
    assert "condition met" in said, said


def objects(site: Site) -> dict[str, str]:
    """UIDs by kind, namespace and name."""
    kinds = "namespaces,nodes,configmaps,secrets,serviceaccounts,services,deployments.apps,clusterroles"
    listed = json.loads(site.hosts.on(FIRST, f"k3s kubectl get {kinds} -A -o json"))["items"]
    known = [(one["kind"], one["metadata"]) for one in listed]
    return {f"{kind} {meta.get('namespace', '')}/{meta['name']}": meta["uid"] for kind, meta in known}


def revision_of(site: Site) -> int:
    """The datastore's present one, as the API tells it."""
    listed = json.loads(site.hosts.on(FIRST, "k3s kubectl get --raw /api/v1/namespaces"))
    return int(listed["metadata"]["resourceVersion"])


def test_a_new_server_goes_on_with_the_cluster(site: Site) -> None:
    def kubectl(words: str) -> str:
        return site.hosts.on(FIRST, f"k3s kubectl {words}")

    begin(site)
    start(site, TOKEN)
    kubectl("create configmap written --from-literal=number=1")
    kubectl("create secret generic hidden --from-literal=word=correct-horse")
    kubectl("annotate node home-1 tailnet-k3s/device=old-1234")
    before = objects(site)
    revision = revision_of(site)
    assert "started tailnet-k3s-backup.timer" in site.set_up(
        FIRST, without="WRITER_WAITS_SECONDS" if site.kind == "galera" else "", databases=[]
    )
    noted = site.back_up(FIRST)
    assert noted["error"] is None, noted

    another_machine = "rm -rf server /etc/rancher/node; find agent -maxdepth 1 -type f -delete"
    site.hosts.on(FIRST, f"systemctl stop k3s; cd /var/lib/rancher/k3s; {another_machine}")
    begin(site)
    if isinstance(site, EtcdSite):
        site.remove_data(FIRST)
    said = site.restore(databases=[])
    assert f"restored {noted['last']['name']}" in said, said
    if isinstance(site, EtcdSite):
        site.hosts.join(FIRST)
    started = time.monotonic()
    start(site, OTHER_TOKEN)
    print(f"k3s on the restored datastore: {time.monotonic() - started:.1f} s")

    after = objects(site)
    gone = {name for name, uid in before.items() if after.get(name) != uid}
    assert gone == {"Secret kube-system/home-1.node-password.k3s"}, "another machine has another password"
    assert kubectl("get secret hidden -o jsonpath={.data.word} | base64 -d") == "correct-horse"
    annotations = json.loads(kubectl("get node home-1 -o json"))["metadata"]["annotations"]
    assert annotations["tailnet-k3s/before"] == "old-1234"
    assert "tailnet-k3s/device" not in annotations
    assert (
        int(json.loads(kubectl("get --raw /api/v1/namespaces"))["metadata"]["resourceVersion"]) > revision + 1_000_000
    )
    # a watch follows what is written now, and one from before ends
    kubectl(
        "get configmaps --watch-only -o name >/tmp/seen & sleep 2; k3s kubectl create configmap later; sleep 3; kill %1"
    )
    assert "configmap/later" in site.hosts.on(FIRST, "cat /tmp/seen")
    stale = f"get --raw '/api/v1/configmaps?watch=1&resourceVersion={revision}&timeoutSeconds=5'"
    assert '"code":410' in kubectl(stale)
