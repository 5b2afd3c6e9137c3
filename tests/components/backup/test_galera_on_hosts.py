"""Two members of Galera on hosts, with real age, and a real store elsewhere: backups, and what a restore refuses."""

import json
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

from components.backup.host.k3s_data import bootstrap_key, seal, unseal
from components.datastore.galera.kind import SNAPSHOTS
from lab.hosts import delete_lab
from lab.internet.age_key import new_age_key
from lab.internet.service import stop_services
from lab.internet.store import BUCKET
from lab.lab import Lab
from tests.components.backup.site import OTHER_TOKEN, TOKEN, Site, store_for
from tests.components.datastore.galera.member_hosts import Members

pytestmark = pytest.mark.lab
FIRST, SECOND = "host-11", "host-12"
KINE = """CREATE DATABASE IF NOT EXISTS k3s; USE k3s;
CREATE TABLE kine (id BIGINT UNSIGNED AUTO_INCREMENT, name VARCHAR(630) CHARACTER SET ascii, created INTEGER,
  deleted INTEGER, create_revision BIGINT UNSIGNED, prev_revision BIGINT UNSIGNED, lease INTEGER, value MEDIUMBLOB,
  old_value MEDIUMBLOB, PRIMARY KEY (id), UNIQUE KEY (name, prev_revision));
INSERT INTO kine (name, created, deleted, create_revision, prev_revision, lease, value) VALUES
  ('compact_rev_key', 1, 0, 0, 0, 0, ''),
  ('/bootstrap/KEY', 1, 0, 0, 0, 0, 'SEALED'),
  ('/registry/configmaps/a', 1, 0, 0, 0, 0, 'old'),
  ('/registry/configmaps/a', 0, 0, 3, 3, 0, 'new'),
  ('/registry/configmaps/b', 1, 0, 0, 0, 0, 'gone'),
  ('/registry/configmaps/b', 0, 1, 5, 5, 0, ''),
  ('/registry/minions/home-1', 1, 0, 0, 0, 0, CONCAT(CHAR(0, 255), 'tailnet-k3s/device', CHAR(10), 'x')),
  ('/registry/secrets/kube-system/home-1.node-password.k3s', 1, 0, 0, 0, 0, 'password'),
  ('/registry/leases/kube-node-lease/home-1', 1, 0, 0, 0, 0, 'alive');
CREATE DATABASE IF NOT EXISTS shop; CREATE TABLE shop.t (id INT PRIMARY KEY, v BLOB);
INSERT INTO shop.t VALUES (1, 'a');
"""


class GaleraSite(Site):
    """With what a cluster leaves in its database."""

    def fill(self) -> None:
        """What a cluster leaves in its database."""
        sealed = seal(b"the authorities' keys", TOKEN).decode()
        self.sql(KINE.replace("/bootstrap/KEY", bootstrap_key(TOKEN)).replace("SEALED", sealed))

    def empty(self) -> None:
        """As before the first start of a cluster."""
        self.sql("DROP DATABASE IF EXISTS k3s; DROP DATABASE IF EXISTS shop; CREATE DATABASE k3s; CREATE DATABASE shop")

    def sql(self, query: str) -> list[str]:
        """Rows of the first member."""
        return self.hosts.on(FIRST, f"mariadb -N -e {shlex.quote(query)}").splitlines()


def new_site(lab: Lab, numbers: tuple[int, ...]) -> GaleraSite:
    """Members and a store."""
    members = Members(lab, numbers)
    members.create()
    return GaleraSite(members, store_for(members), "galera", SNAPSHOTS, {"databases": ["shop"]})


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GaleraSite]:
    """Two members and a store."""
    lab = Lab("t-backup", tmp_path_factory.mktemp("lab"))
    try:
        found = new_site(lab, (11, 12))
        found.fill()
        yield found
    finally:
        stop_services(lab)
        delete_lab(lab)


@pytest.fixture(scope="module")
def backed_up(site: GaleraSite) -> dict[str, Any]:
    """The newest backup, made by the second member."""
    for host in (FIRST, SECOND):
        said = site.set_up(host)
        assert "started tailnet-k3s-backup.timer" in said, said
        assert site.set_up(host).strip().endswith("unchanged")
    noted = site.back_up(SECOND)
    assert noted["error"] is None, noted
    made: dict[str, Any] = noted["last"]
    return made


def test_one_member_backs_up_and_the_other_leaves_it(site: GaleraSite, backed_up: dict[str, Any]) -> None:
    assert (backed_up["host"], backed_up["revision"], backed_up["rows"]) == (SECOND, 9, 9)
    assert site.back_up(FIRST)["last"] == backed_up
    names = [json.loads(line)["key"] for line in site.store.ask("ls", f"store/{BUCKET}/mine/").splitlines()]
    assert names == [f"{backed_up['name']}.age", f"{backed_up['name']}.json"]


def test_no_host_can_read_the_token_or_the_backup(site: GaleraSite, backed_up: dict[str, Any]) -> None:
    for host in (FIRST, SECOND):
        found = site.hosts.on(host, f"grep -rl {TOKEN} /etc /var/lib/tailnet-k3s /var/cache /usr/local /run || true")
        assert found == ""
        assert site.hosts.on(host, "stat -c %a /etc/tailnet-k3s/backup.json").strip() == "600"
        journal = site.hosts.on(host, "journalctl -q -o cat")
        assert site.keys["account"] not in journal
        assert site.hosts.on(host, "ls /var/cache/tailnet-k3s-backup") == ""


FILE = "/etc/tailnet-k3s/backup.json"
BREAKS = {
    "full disk": (
        "mount -t tmpfs -o size=1m tmpfs /var/cache/tailnet-k3s-backup",
        "umount /var/cache/tailnet-k3s-backup",
        "make room there",
    ),
    "wrong key": (
        f'cp {FILE} /root/kept; sed -i \'s/"secret_key": "[^"]*/&x/\' {FILE}',
        f"cp /root/kept {FILE}",
        "refuses the secret key: correct backup.secret_key",
    ),
    "no bucket": (
        f'cp {FILE} /root/kept; sed -i \'s/"bucket": "backups/&x/\' {FILE}',
        f"cp /root/kept {FILE}",
        "in the bucket backupsx: change its rights",  # who has no right to a bucket does not learn whether there is one
    ),
    "no store": (
        "cp /etc/hosts /root/kept; sed -i 's/203.0.113.7/203.0.113.99/' /etc/hosts",
        "cat /root/kept >/etc/hosts",
        "does not answer",
    ),
}


@pytest.mark.parametrize("name", BREAKS)
def test_what_goes_wrong_is_named_and_the_next_run_tries_again(
    site: GaleraSite, backed_up: dict[str, Any], name: str
) -> None:
    breaks, mends, said = BREAKS[name]
    site.set_up(SECOND, prefix=f"tried-{name.replace(' ', '-')}")
    site.hosts.on(SECOND, breaks)
    try:
        noted = site.back_up(SECOND)
        assert said in noted["error"], noted
        assert noted["last"] == backed_up, "what is known of the last one stays"
        result = site.hosts.on(SECOND, "systemctl show -p Result tailnet-k3s-backup.service; journalctl -n 5 -o cat")
        assert "Result=exit-code" in result
        assert f"no backup: {noted['error']}" in site.hosts.on(SECOND, "journalctl -q -o cat")
    finally:
        site.hosts.on(SECOND, mends)
    again = site.back_up(SECOND)
    assert again["error"] is None, again
    site.set_up(SECOND)
    assert site.back_up(SECOND)["last"] == backed_up


REFUSED = {
    "data = data[:-1] + b'?'": "is damaged: ",
    "data = data[:-30]; known.update(size=len(data), sha256=hashlib.sha256(data).hexdigest())": "the backup is damaged",
    "known.update(token='0' * 16)": "has the token of another cluster than its manifest",
    "known.update(k3s='v1.99.0+k3s1')": "is of k3s v1.99.0+k3s1, newer than v1.36.3+k3s1: set k3s.version",
    "known.update(encrypts=False)": "set k3s.server_options.secrets-encryption: false",
    "known.update(kind='etcd')": "is of a datastore of the kind etcd, not galera",
    "known.update(format=2)": "a newer version of this program made it",
}


def test_a_datastore_with_data_is_left(site: GaleraSite, backed_up: dict[str, Any]) -> None:
    before = site.sql("CHECKSUM TABLE k3s.kine, shop.t")
    assert "has data in it (the database k3s, the database shop)" in site.restore()
    assert site.sql("CHECKSUM TABLE k3s.kine, shop.t") == before


@pytest.mark.parametrize("changes", REFUSED)
def test_a_bad_backup_is_refused_and_nothing_touched(site: GaleraSite, backed_up: dict[str, Any], changes: str) -> None:
    site.empty()
    said = site.restore(site.spoil(changes))
    assert REFUSED[changes] in said
    assert_untouched(site)


def test_a_wrong_key_opens_nothing(site: GaleraSite, backed_up: dict[str, Any]) -> None:
    site.empty()
    said = site.restore(identity=new_age_key()[0])
    assert "restore.identity does not open this backup: it was encrypted to another key" in said
    assert_untouched(site)


def assert_untouched(site: GaleraSite) -> None:
    assert site.sql("SHOW TABLES FROM k3s; SHOW TABLES FROM shop; SHOW DATABASES LIKE 'tailnet_k3s'") == []
    assert site.hosts.on(FIRST, "ls /var/cache | grep restore || true") == ""


def test_a_restore_fills_the_datastore_once(site: GaleraSite, backed_up: dict[str, Any]) -> None:
    site.empty()
    said = site.restore()
    assert f"restored {backed_up['name']}: 9 rows" in said, said
    names = site.sql("SELECT name FROM k3s.kine ORDER BY id")
    last = names.pop()
    assert last.startswith("gap-")
    assert int(last.removeprefix("gap-")) > 9 + 1_000_000
    assert names == [
        "compact_rev_key",
        bootstrap_key(OTHER_TOKEN),
        "/registry/configmaps/a",
        "/registry/minions/home-1",
    ]
    assert site.sql("SELECT value FROM k3s.kine WHERE name = '/registry/configmaps/a'") == ["new"]
    assert site.sql("SELECT v FROM shop.t") == ["a"]
    assert site.sql("SELECT prev_revision FROM k3s.kine WHERE name = 'compact_rev_key'") == [last.removeprefix("gap-")]
    (sealed,) = site.sql("SELECT value FROM k3s.kine WHERE name LIKE '/bootstrap/%'")
    assert unseal(sealed.encode(), OTHER_TOKEN) == b"the authorities' keys"
    (node,) = site.sql("SELECT HEX(value) FROM k3s.kine WHERE name LIKE '/registry/minions/%'")
    assert bytes.fromhex(node) == b"\x00\xfftailnet-k3s/before\nx"
    assert site.hosts.on(SECOND, "mariadb -N -e 'SELECT COUNT(*) FROM k3s.kine'").strip() == "5", "on all members"
    site.sql("INSERT INTO k3s.kine (name, prev_revision) VALUES ('/registry/configmaps/c', 0)")
    assert site.sql("SELECT MAX(id) FROM k3s.kine") == [str(int(last.removeprefix("gap-")) + 1)]
    assert site.restore().strip().endswith("unchanged")
    assert "has data in it (what was restored from" in site.restore(site.spoil(""))


def test_a_restore_that_was_cut_off_begins_again(site: GaleraSite, backed_up: dict[str, Any]) -> None:
    site.sql("UPDATE tailnet_k3s.restored SET ended = NULL; DELETE FROM k3s.kine LIMIT 3")
    assert f"restored {backed_up['name']}" in site.restore()
    assert site.sql("SELECT value FROM k3s.kine WHERE name = '/registry/configmaps/a'") == ["new"]
    assert site.sql("SELECT COUNT(*) FROM k3s.kine") == ["5"]
