"""Lab hosts with Debian's MariaDB and PostgreSQL and an etcd on one, as a database service; another is a server."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import run

import pytest

from components.datastore.external.external import HERE
from components.datastore.external.kind import CLIENTS
from components.datastore.external.target import read_url
from components.rendering import PRELUDE, assignments
from lab.distribution.packages import GROUPS, package_repository
from lab.hosts import HostError, Rule, list_hosts, run_in_host
from lab.lab import Lab
from lab.progress import Silence
from tests.components.datastore.etcd.pki import Signed, TestAuthority
from tests.lab.hosts.real_lab import lab_of, spec, wait_until_up
from tests.lab.providers.programs import program

FROM_EACH_OTHER = Rule("ingress", "all", "10.0.0.0/24")
DATABASES, SERVER, ADDRESS = "host-11", "host-12", "10.0.0.11"
PASSWORD = "correct-horse-battery"
AS_POSTGRES = "setpriv --reuid postgres --regid postgres --init-groups psql -v ON_ERROR_STOP=1"
SET_UP = f"""
export DEBIAN_FRONTEND=noninteractive
apt-get update -q && apt-get install -q -y --no-install-recommends mariadb-server postgresql
mkdir -p /tls && mv /root/*.pem /tls && cp /tls/key.pem /tls/postgres.pem
chown mysql /tls/key.pem && chown postgres /tls/postgres.pem && chmod 600 /tls/key.pem /tls/postgres.pem
cd /etc/postgresql/15/main
printf '%s\\n' "listen_addresses = '*'" "ssl = off" "ssl_cert_file = '/tls/certificate.pem'" \
  "ssl_key_file = '/tls/postgres.pem'" "ssl_ca_file = '/tls/ca.pem'" >conf.d/test.conf
echo 'host all all 10.0.0.0/24 scram-sha-256' >>pg_hba.conf
printf '%s\\n' '[mysqld]' 'bind-address = 0.0.0.0' >/etc/mysql/mariadb.conf.d/99-test.cnf
systemctl restart mariadb postgresql@15-main
mariadb <<'END'
CREATE USER k3s IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON k3s.* TO k3s;
CREATE USER poor IDENTIFIED BY '{PASSWORD}'; CREATE DATABASE poor; GRANT SELECT ON poor.* TO poor;
CREATE USER known IDENTIFIED BY '{PASSWORD}' REQUIRE X509; GRANT ALL ON k3s.* TO known;
END
cd /
{AS_POSTGRES} <<'END'
CREATE USER k3s PASSWORD '{PASSWORD}' CREATEDB;
CREATE USER poor PASSWORD '{PASSWORD}';
CREATE DATABASE shared;
END
"""
ETCD = f"""
systemd-run -q --unit etcd-test /root/etcd --data-dir /root/etcd-data --listen-client-urls https://0.0.0.0:2379 \
  --advertise-client-urls https://{ADDRESS}:2379 --cert-file /tls/certificate.pem --key-file /tls/key.pem \
  --client-cert-auth --trusted-ca-file /tls/ca.pem
"""
WITH_TLS = """
printf '%s\\n' 'ssl-cert = /tls/certificate.pem' 'ssl-key = /tls/key.pem' 'ssl-ca = /tls/ca.pem' \
  >>/etc/mysql/mariadb.conf.d/99-test.cnf
sed -i 's/^ssl = off/ssl = on/' /etc/postgresql/15/main/conf.d/test.conf
systemctl restart mariadb postgresql@15-main
"""


@dataclass
class Databases:
    """The lab, and who signs certificates."""

    lab: Lab
    authority: TestAuthority = field(default_factory=TestAuthority.create)

    def on(self, name: str, script: str, seconds: float = 300) -> str:
        """What a script prints that root runs on a host. Raises if it fails."""
        return run_in_host(self.lab, name, ["bash", "-ec", script], seconds=seconds)

    def secure(self) -> None:
        """Both offer TLS from now on."""
        self.on(DATABASES, WITH_TLS)

    def check(self, url: str, ca: str | None = "", client: Signed | None = None) -> str:
        """What the server's step says. Raises HostError if it fails. `ca` in PEM; empty: the right one."""
        target = read_url(url)
        known = {
            **{name: getattr(target, name) for name in ("engine", "places", "user", "password", "database")},
            "ca": self.authority.certificate + "\n" if ca == "" else ca,
            "certificate": client and client.certificate + "\n",
            "key": client and client.key + "\n",
        }
        given = {
            "HOST": SERVER,
            "STEP": "thing",
            "DATASTORE": target.words,
            "CLIENT": CLIENTS[target.engine],
            "PROGRAM": (HERE / "check.py").read_text().rstrip("\n"),
            "TARGET": json.dumps(known),
        }
        text = f"exec 2>&1\n{assignments(given)}{PRELUDE.read_text()}\n{(HERE / 'check.sh').read_text()}"
        return run_in_host(self.lab, SERVER, ["bash", "-s"], stdin=text, seconds=300).strip()

    def refused(self, url: str, ca: str | None = "", client: Signed | None = None) -> str:
        """What the step says that has to fail."""
        with pytest.raises(HostError) as failed:
            self.check(url, ca, client)
        said = str(failed.value)
        assert f"{SERVER} thing: the datastore will not do: " in said, said
        assert PASSWORD not in said
        return said


@contextmanager
def database_lab(name: str, folder: Path) -> Iterator[Databases]:
    """Both databases, without TLS so far. Nothing of it is left afterwards."""
    packages = package_repository(Silence(), (*GROUPS, "postgresql"))
    with lab_of(name, folder, spec(11, FROM_EACH_OTHER), spec(12, FROM_EACH_OTHER)) as lab:
        made = Databases(lab)
        own = made.authority.sign("db.example", ADDRESS)
        for host in list_hosts(lab):
            wait_until_up(lab, host.name)
            root = Path(f"/proc/{host.pid}/root")
            run(["cp", "-r", str(packages), str(root / "packages")], check=True)
            made.on(host.name, "echo 'deb [trusted=yes] file:/packages ./' >/etc/apt/sources.list")
            if host.name == DATABASES:
                run(["install", "-m", "755", program("etcd"), str(root / "root" / "etcd")], check=True)
                texts = {"certificate": own.certificate, "key": own.key, "ca": made.authority.certificate}
                for file, text in texts.items():
                    (root / "root" / f"{file}.pem").write_text(f"{text}\n")
        made.on(DATABASES, SET_UP + ETCD)
        yield made


def mysql(user: str = "k3s", password: str = PASSWORD, database: str = "k3s") -> str:
    """The URL of MariaDB."""
    return f"mysql://{user}:{password}@tcp({ADDRESS}:3306)/{database}"


def postgres(user: str = "k3s", password: str = PASSWORD, database: str = "k3s") -> str:
    """The URL of PostgreSQL."""
    return f"postgres://{user}:{password}@{ADDRESS}/{database}"


def etcd() -> str:
    """The URL of etcd."""
    return f"https://{ADDRESS}:2379"
