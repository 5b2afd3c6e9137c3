"""The check of an owner's database on real hosts: Debian's MariaDB and PostgreSQL on one, a server on another."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tests.components.datastore.etcd.pki import TestAuthority
from tests.components.datastore.external.database_hosts import (
    ADDRESS,
    DATABASES,
    PASSWORD,
    SERVER,
    Databases,
    database_lab,
    etcd,
    mysql,
    postgres,
)

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    with database_lab("t-external", tmp_path_factory.mktemp("lab")) as found:
        yield found


@pytest.fixture(scope="module")
def secured(databases: Databases) -> Databases:
    """From here on both offer TLS."""
    databases.secure()
    return databases


Url = Callable[..., str]
both = pytest.mark.parametrize("url", [mysql, postgres])


@both
def test_refuses_a_database_without_tls_and_sends_it_no_password(databases: Databases, url: Url) -> None:
    assert "it offers no TLS. Switch it on there" in databases.refused(url())


@both
def test_takes_a_database_that_is_well_and_changes_nothing_the_second_time(secured: Databases, url: Url) -> None:
    assert f"created the database k3s at {ADDRESS}:" in secured.check(url())
    assert secured.check(url()) == f"{SERVER} thing: unchanged"


@both
def test_leaves_no_table_behind(secured: Databases, url: Url) -> None:
    secured.check(url())
    if url is mysql:
        assert secured.on(DATABASES, "mariadb -Ne 'SHOW TABLES IN k3s'") == ""
    else:
        listed = "setpriv --reuid postgres --regid postgres --init-groups psql -At -d k3s -c '\\dt' 2>&1"
        assert "tailnet" not in secured.on(DATABASES, listed)


@both
def test_refuses_a_wrong_password(secured: Databases, url: Url) -> None:
    assert "it refuses the login of k3s: " in secured.refused(url(password="something-else"))


@both
def test_refuses_an_authority_that_did_not_sign(secured: Databases, url: Url) -> None:
    for ca in (TestAuthority.create("other").certificate + "\n", None):
        said = secured.refused(url(), ca=ca)
        assert "its certificate is refused: " in said
        assert "set datastore.ca to the authority that signed it" in said


@both
def test_refuses_who_may_not_create_tables(secured: Databases, url: Url) -> None:
    said = secured.refused(url(user="poor", database="poor" if url is mysql else "shared"))
    assert "k3s could not use the database" in said
    assert "Give poor all rights on" in said


def test_refuses_who_may_not_create_the_database(secured: Databases) -> None:
    assert "there is no database other, and its user may not create it" in secured.refused(
        postgres(user="poor", database="other")
    )


def test_shows_the_client_certificate(secured: Databases) -> None:
    client = secured.authority.sign("k3s", "10.0.0.12")
    assert secured.check(mysql(user="known"), client=client) == f"{SERVER} thing: unchanged"
    assert "it refuses the login of known" in secured.refused(mysql(user="known"))
    stranger = TestAuthority.create("other").sign("k3s", "10.0.0.12")
    assert "whether it takes datastore.certificate" in secured.refused(mysql(user="known"), client=stranger)


def test_etcd_takes_the_client_certificate_of_its_authority_alone(secured: Databases) -> None:
    client = secured.authority.sign("k3s", "10.0.0.12")
    secured.check(etcd(), client=client)
    assert secured.check(etcd(), client=client) == f"{SERVER} thing: unchanged"
    strange = TestAuthority.create("other")
    assert "it refuses the client certificate" in secured.refused(etcd(), client=strange.sign("k3s", "10.0.0.12"))
    said = secured.refused(etcd(), ca=strange.certificate + "\n", client=client)
    assert "set datastore.ca to the authority that signed it" in said


def test_refuses_an_empty_database_for_a_server_of_a_cluster(secured: Databases) -> None:
    secured.on(SERVER, "mkdir -p /etc/rancher/k3s && echo 'flannel-iface: tailscale0' >/etc/rancher/k3s/config.yaml")
    try:
        assert "it is empty, but this host is a server of a cluster" in secured.refused(mysql())
        secured.on(DATABASES, "mariadb k3s -e 'CREATE TABLE kine (id INT); INSERT INTO kine VALUES (1)'")
        assert secured.check(mysql()) == f"{SERVER} thing: unchanged"
    finally:
        secured.on(SERVER, "rm -r /etc/rancher")


def test_no_process_shows_the_password(secured: Databases) -> None:
    """While it waits for a host that does not answer."""
    secured.on(
        SERVER, "nft add table inet silence; nft add chain inet silence out '{ type filter hook output priority 0; }'"
    )
    secured.on(SERVER, "nft add rule inet silence out ip daddr 10.0.0.99 drop")
    said: list[str] = []
    url = f"mysql://k3s:{PASSWORD}@tcp(10.0.0.99)/k3s"
    waiting = threading.Thread(target=lambda: said.append(secured.refused(url)))
    waiting.start()
    seen = ""
    while waiting.is_alive():
        seen += secured.on(SERVER, "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' '\\n'")
        time.sleep(0.2)
    waiting.join()
    secured.on(SERVER, "nft delete table inet silence")
    assert "def prove_tls" in seen, "the check was not seen at work"
    assert PASSWORD not in seen
    assert "10.0.0.99:3306: " in said[0]
