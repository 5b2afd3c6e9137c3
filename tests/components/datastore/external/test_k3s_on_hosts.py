"""k3s itself on a real host, with each datastore that needs no member: it keeps what was written over a restart."""

from collections.abc import Iterator
from subprocess import run

import pytest

from components.datastore.external.target import endpoint_url
from lab.hosts import list_hosts
from tests.components.datastore.external.database_hosts import SERVER, Databases, database_lab, mysql, postgres
from tests.lab.providers.programs import program

pytestmark = pytest.mark.lab
CONFIG = """token: 'servers-token'
node-name: home-1
node-ip: 10.0.0.12
advertise-address: 10.0.0.12
disable: [traefik, servicelb, local-storage, metrics-server]
"""
UNIT = """[Service]
Type=notify
ExecStart=/usr/local/bin/k3s server
KillMode=process
Delegate=yes
TimeoutStartSec=300
"""
START = "systemctl {verb} k3s || {{ journalctl -u k3s -n 20 -o cat >&2; exit 1; }}"
AWAY = "systemctl stop k3s; pkill -f '[c]ontainerd-shim' || true; rm -rf /var/lib/rancher/k3s/server /etc/rancher/node"


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with database_lab("t-k3s-store", tmp_path_factory.mktemp("lab")) as found:
        found.secure()
        pid = next(host.pid for host in list_hosts(found.lab) if host.name == SERVER)
        run(["install", "-m", "755", program("k3s"), f"/proc/{pid}/root/usr/local/bin/k3s"], check=True)
        found.on(SERVER, f"mkdir -p /etc/rancher/k3s; cat >/etc/systemd/system/k3s.service <<'END'\n{UNIT}END")
        yield found


@pytest.mark.parametrize("url", [mysql(), postgres(), None], ids=["MariaDB", "PostgreSQL", "SQLite"])
def test_k3s_keeps_its_state_there(databases: Databases, url: str | None) -> None:
    config = CONFIG
    if url:
        databases.check(url)
        databases.on(SERVER, f"cat >/etc/rancher/k3s/ca.crt <<'END'\n{databases.authority.certificate}\nEND")
        endpoint = endpoint_url(url, has_files=True)
        config += f"datastore-endpoint: '{endpoint}'\ndatastore-cafile: /etc/rancher/k3s/ca.crt\n"
    databases.on(SERVER, f"cat >/etc/rancher/k3s/config.yaml <<'END'\n{config}END\nsystemctl daemon-reload")
    try:
        databases.on(SERVER, START.format(verb="start"), seconds=300)
        databases.on(SERVER, "k3s kubectl create configmap written --from-literal=number=1")
        databases.on(SERVER, START.format(verb="restart"), seconds=300)
        assert databases.on(SERVER, "k3s kubectl get configmap written -o jsonpath={.data.number}") == "1"
        has_file = databases.on(SERVER, "ls /var/lib/rancher/k3s/server/db").split()
        assert ("state.db" in has_file) == (url is None)
    finally:
        databases.on(SERVER, AWAY)
