"""Two members on real hosts, with real age, and a real store elsewhere: backups, and what a restore refuses."""

import json
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from components.backup.backups import PARTS as BACKUP_PARTS
from components.backup.host.k3s_data import bootstrap_key, seal, unseal
from components.backup.program import joined
from components.backup.restore import HERE
from components.backup.restore import PARTS as RESTORE_PARTS
from components.datastore.galera.kind import SNAPSHOTS
from components.datastore.galera.snapshot.take import WRITER_WAITS_SECONDS
from components.rendering import PRELUDE, assignments
from lab.hosts import delete_lab, run_in_host
from lab.internet.age_key import new_age_key
from lab.internet.ca import ensure_authority
from lab.internet.service import stop_services
from lab.internet.sites import sites_folder
from lab.internet.store import ACCOUNT, BUCKET, PORT, Store, store_settings
from lab.lab import STORE_ADDRESS, STORE_NAME, Lab
from lab.progress import Silence
from tests.components.datastore.galera.member_hosts import Members
from tests.lab.providers.programs import programs

pytestmark = pytest.mark.lab
FIRST, SECOND = "host-11", "host-12"
TOKEN, OTHER_TOKEN = "token-of-the-old-cluster", "token-of-the-new-one"
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


class Site:
    """The hosts, the store, and steps on them."""

    def __init__(self, members: Members, store: Store) -> None:
        self.members, self.store = members, store
        self.keys = json.loads((store.folder / "keys.json").read_text())

    def step(self, host: str, script: str, program: str, known: Mapping[str, Any], **secrets: str) -> str:
        """Runs a step without a connection. Returns what it said, also when it failed."""
        place = {"endpoint": f"https://{STORE_NAME}:{PORT}", "bucket": BUCKET, "region": "us-east-1"}
        values = {
            **{"HOST": host, "STEP": "thing", "PROGRAM": program, "RECIPIENT": self.keys["recipient"]},
            **{"SETTINGS": json.dumps({"kind": "galera", "databases": ["shop"], **known}), "PLACE": json.dumps(place)},
            **{
                "MINUTE": "00",
                "OTHER_MINUTE": "30",
                "ACCESS_KEY": ACCOUNT,
                "SECRET_KEY": self.keys["account"],
                **secrets,
            },
        }
        text = f"exec 2>&1\n{assignments(values)}{PRELUDE.read_text()}\n{(HERE / script).read_text()}"
        return run_in_host(self.members.lab, host, ["bash", "-s"], stdin=text, seconds=300, check=False)

    def set_up(self, host: str, *, alone: bool = False, **known: Any) -> str:
        """The step of a backup. `alone`: the writer has nobody to wait for in the first half hour of a slot."""
        every = {"prefix": "mine", "recipient": self.keys["recipient"], "every_hours": 24, "keep": 28, "host": host}
        program = joined((*BACKUP_PARTS, *SNAPSHOTS.take), f"main({SNAPSHOTS.taker})")
        if alone:
            waits = f"WRITER_WAITS_SECONDS = {WRITER_WAITS_SECONDS}"
            assert waits in program
            program = program.replace(waits, "WRITER_WAITS_SECONDS = 0")
        return self.step(
            host, "backup.sh", program, {**every, "k3s": "v1.36.3+k3s1", "encrypts": True, **known}, TOKEN=TOKEN
        )

    def back_up(self, host: str) -> dict[str, Any]:
        """Starts the unit, as the timer does. What it noted."""
        unit = "tailnet-k3s-backup.service"
        self.members.on(host, f"systemctl reset-failed {unit} || true; systemctl start {unit} || true")
        noted: dict[str, Any] = json.loads(self.members.on(host, "cat /var/lib/tailnet-k3s/backup/status.json"))
        return noted

    def restore(self, backup: str = "latest", identity: str = "", **known: Any) -> str:
        """The step of a restore, on the first member."""
        program = joined((*RESTORE_PARTS, *SNAPSHOTS.load), f"main({SNAPSHOTS.restorer})").rstrip("\n")
        settings = {"prefix": "mine", "backup": backup, "k3s": "v1.36.3+k3s1", "encrypts": True, **known}
        key = identity or self.keys["identity"]
        return self.step(FIRST, "restore.sh", program, settings, IDENTITY=key, TOKEN=OTHER_TOKEN)

    def fill(self) -> None:
        """What a cluster leaves in its database."""
        sealed = seal(b"the authorities' keys", TOKEN).decode()
        self.sql(KINE.replace("/bootstrap/KEY", bootstrap_key(TOKEN)).replace("SEALED", sealed))

    def empty(self) -> None:
        """As before the first start of a cluster."""
        self.sql("DROP DATABASE IF EXISTS k3s; DROP DATABASE IF EXISTS shop; CREATE DATABASE k3s; CREATE DATABASE shop")

    def spoil(self, changes: str) -> str:
        """Another backup in the bucket, from the newest one by statements on `data` and `known`, its manifest."""
        code = f"""
bucket = Bucket("https://{STORE_NAME}:{PORT}", "us-east-1", "{BUCKET}", "{ACCOUNT}", "{self.keys["account"]}")
def put(key, text): bucket.put(key, text, hashlib.sha256(text).hexdigest())
newest = [key for key in bucket.keys("mine/") if key.endswith(".json")][-1][:-5]
known = json.loads(bucket.get(newest + ".json").read())
data = bucket.get(newest + ".age").read()
{changes}
known["name"] = "20250101T0000Z-spoilt"
put("mine/20250101T0000Z-spoilt.age", data)
put("mine/20250101T0000Z-spoilt.json", json.dumps(known).encode())
print("put")"""
        program = joined((BACKUP_PARTS[0],), f"import json\n{code}")
        said = run_in_host(self.members.lab, FIRST, ["python3", "-"], stdin=program)
        assert said.strip() == "put"
        return "20250101T0000Z-spoilt"

    def sql(self, query: str) -> list[str]:
        """Rows of the first member."""
        return self.members.on(FIRST, f"mariadb -N -e {shlex.quote(query)}").splitlines()


def new_site(lab: Lab, numbers: tuple[int, ...]) -> Site:
    """Members and a store, which trusts nobody but who has the keys."""
    built = programs("minio", "mc")
    members = Members(lab, numbers)
    members.create()
    for folder in (sites_folder(lab), lab.logs):
        folder.mkdir(mode=0o700, exist_ok=True)
    authority = ensure_authority(sites_folder(lab)).certificate.read_text()
    store_settings(lab, {"backup": {}})
    store = Store(lab, built["minio"], built["mc"])
    store.start(Silence())
    for host in members.addresses:
        run_in_host(lab, host, ["tee", "/usr/local/share/ca-certificates/lab.crt"], stdin=authority)
        members.on(host, f"update-ca-certificates; echo {STORE_ADDRESS} {STORE_NAME} >>/etc/hosts")
    return Site(members, store)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
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
def backed_up(site: Site) -> dict[str, Any]:
    """The newest backup, made by the second member."""
    for host in (FIRST, SECOND):
        said = site.set_up(host)
        assert "started tailnet-k3s-backup.timer" in said, said
        assert site.set_up(host).strip().endswith("unchanged")
    noted = site.back_up(SECOND)
    assert noted["error"] is None, noted
    made: dict[str, Any] = noted["last"]
    return made


def test_one_member_backs_up_and_the_other_leaves_it(site: Site, backed_up: dict[str, Any]) -> None:
    assert (backed_up["host"], backed_up["revision"], backed_up["rows"]) == (SECOND, 9, 9)
    assert site.back_up(FIRST)["last"] == backed_up
    names = [json.loads(line)["key"] for line in site.store.ask("ls", f"store/{BUCKET}/mine/").splitlines()]
    assert names == [f"{backed_up['name']}.age", f"{backed_up['name']}.json"]


def test_no_host_can_read_the_token_or_the_backup(site: Site, backed_up: dict[str, Any]) -> None:
    for host in (FIRST, SECOND):
        found = site.members.on(host, f"grep -rl {TOKEN} /etc /var/lib/tailnet-k3s /var/cache /usr/local /run || true")
        assert found == ""
        assert site.members.on(host, "stat -c %a /etc/tailnet-k3s/backup.json").strip() == "600"
        journal = site.members.on(host, "journalctl -q -o cat")
        assert site.keys["account"] not in journal
        assert site.members.on(host, "ls /var/cache/tailnet-k3s-backup") == ""


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
    site: Site, backed_up: dict[str, Any], name: str
) -> None:
    breaks, mends, said = BREAKS[name]
    site.set_up(SECOND, prefix=f"tried-{name.replace(' ', '-')}")
    site.members.on(SECOND, breaks)
    try:
        noted = site.back_up(SECOND)
        assert said in noted["error"], noted
        assert noted["last"] == backed_up, "what is known of the last one stays"
        result = site.members.on(SECOND, "systemctl show -p Result tailnet-k3s-backup.service; journalctl -n 5 -o cat")
        assert "Result=exit-code" in result
        assert f"no backup: {noted['error']}" in site.members.on(SECOND, "journalctl -q -o cat")
    finally:
        site.members.on(SECOND, mends)
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


def test_a_datastore_with_data_is_left(site: Site, backed_up: dict[str, Any]) -> None:
    before = site.sql("CHECKSUM TABLE k3s.kine, shop.t")
    assert "has data in it (the database k3s, the database shop)" in site.restore()
    assert site.sql("CHECKSUM TABLE k3s.kine, shop.t") == before


@pytest.mark.parametrize("changes", REFUSED)
def test_a_bad_backup_is_refused_and_nothing_touched(site: Site, backed_up: dict[str, Any], changes: str) -> None:
    site.empty()
    said = site.restore(site.spoil(changes))
    assert REFUSED[changes] in said
    assert_untouched(site)


def test_a_wrong_key_opens_nothing(site: Site, backed_up: dict[str, Any]) -> None:
    site.empty()
    said = site.restore(identity=new_age_key()[0])
    assert "restore.identity does not open this backup: it was encrypted to another key" in said
    assert_untouched(site)


def assert_untouched(site: Site) -> None:
    assert site.sql("SHOW TABLES FROM k3s; SHOW TABLES FROM shop; SHOW DATABASES LIKE 'tailnet_k3s'") == []
    assert site.members.on(FIRST, "ls /var/cache | grep restore || true") == ""


def test_a_restore_fills_the_datastore_once(site: Site, backed_up: dict[str, Any]) -> None:
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
    assert site.members.on(SECOND, "mariadb -N -e 'SELECT COUNT(*) FROM k3s.kine'").strip() == "5", "on all members"
    site.sql("INSERT INTO k3s.kine (name, prev_revision) VALUES ('/registry/configmaps/c', 0)")
    assert site.sql("SELECT MAX(id) FROM k3s.kine") == [str(int(last.removeprefix("gap-")) + 1)]
    assert site.restore().strip().endswith("unchanged")
    assert "has data in it (what was restored from" in site.restore(site.spoil(""))


def test_a_restore_that_was_cut_off_begins_again(site: Site, backed_up: dict[str, Any]) -> None:
    site.sql("UPDATE tailnet_k3s.restored SET ended = NULL; DELETE FROM k3s.kine LIMIT 3")
    assert f"restored {backed_up['name']}" in site.restore()
    assert site.sql("SELECT value FROM k3s.kine WHERE name = '/registry/configmaps/a'") == ["new"]
    assert site.sql("SELECT COUNT(*) FROM k3s.kine") == ["5"]
