"""What Galera's part of the look's script finds in a host's files."""

from pathlib import Path

import pytest

from components.datastore.galera.gather import database_folders, galera, mariadb_source
from tests.look.root import Root, root_in

STATUS = """\
Package: galera-4
Status: install ok installed
Version: 26.4.23-0+deb12u1

Package: mariadb-server
Status: install ok installed
Version: 1:10.11.6-0+deb12u1

Package: mysql-server-8.0
Status: install ok installed
Version: 8.0.39
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    return root_in(tmp_path, monkeypatch)


def test_of_an_empty_host_nothing_is_known(root: Root) -> None:
    assert galera() == {"packages": {}, "source": None, "data": []}


def test_packages_are_those_of_servers(root: Root) -> None:
    root.write(**{"/var/lib/dpkg/status": STATUS})
    assert galera()["packages"] == {"mariadb-server": "1:10.11.6-0+deb12u1", "mysql-server-8.0": "8.0.39"}


@pytest.mark.parametrize(
    "line",
    [
        "deb [signed-by=/k.pgp] https://deb.mariadb.org/11.4/debian bookworm main",
        "deb http://mirror.example/mariadb/repo/11.4/ubuntu jammy main",
        "URIs: https://dlm.mariadb.com/repo/mariadb-server/11.4/repo/debian",
    ],
)
def test_a_source_of_mariadbs_publisher_has_its_series(root: Root, line: str) -> None:
    root.write(
        **{"/etc/apt/sources.list.d/mariadb.list": f"# deb https://deb.mariadb.org/10.6/debian b main\n{line}\n"}
    )
    assert mariadb_source() == "11.4"


def test_databases_are_folders_but_for_the_servers_own(root: Root) -> None:
    data = "/var/lib/mysql"
    own = {
        f"{data}/{name}/": "" for name in ("mysql", "sys", "performance_schema", "#innodb_redo", "lost+found", "test")
    }
    root.write(**own, **{f"{data}/ibdata1": "", f"{data}/shop/db.opt": "", f"{data}/my@002ddb/t.ibd": ""})
    assert database_folders() == [{"path": data, "databases": ["my-db", "shop"], "of_a_member": False}]


def test_a_server_with_nobodys_data_has_none(root: Root) -> None:
    root.write(**{f"/var/lib/mysql/{name}/": "" for name in ("mysql", "sys", "performance_schema")})
    assert database_folders() == []


def test_data_may_be_elsewhere(root: Root) -> None:
    settings = "[mysqld]\n#datadir = /old\ndatadir\t= /srv/db/\n"
    root.write(**{"/etc/mysql/mariadb.conf.d/50-server.cnf": settings, "/srv/db/shop/t.ibd": "", "/old/x/t.ibd": ""})
    assert database_folders() == [{"path": "/srv/db", "databases": ["shop"], "of_a_member": False}]
    root.write(**{"/srv/db/grastate.dat": ""})
    assert [one["of_a_member"] for one in database_folders()] == [True]
