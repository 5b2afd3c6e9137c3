"""Hosts of a lab that are members of a datastore, with a real store elsewhere, and the steps of backups run on them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from components.backup.backups import PARTS as BACKUP_PARTS
from components.backup.program import joined
from components.backup.restore import HERE
from components.backup.restore import PARTS as RESTORE_PARTS
from components.datastore.kind import Snapshots
from components.rendering import PRELUDE, assignments
from lab.hosts import run_in_host
from lab.internet.ca import ensure_authority
from lab.internet.sites import sites_folder
from lab.internet.store import ACCOUNT, BUCKET, PORT, Store, store_settings
from lab.lab import STORE_ADDRESS, STORE_NAME, Lab
from lab.progress import Silence
from tests.lab.providers.programs import programs

TOKEN, OTHER_TOKEN = "token-of-the-old-cluster", "token-of-the-new-one"
UNIT = "tailnet-k3s-backup.service"


class Hosts(Protocol):
    """Members of any kind."""

    @property
    def lab(self) -> Lab: ...
    @property
    def addresses(self) -> Mapping[str, str]: ...
    def on(self, name: str, script: str, seconds: float = 120) -> str: ...


@dataclass
class Site:
    """The hosts, the store, and steps on them."""

    hosts: Hosts
    store: Store
    kind: str
    snapshots: Snapshots
    known: Mapping[str, Any] = field(default_factory=dict)
    """What the kind adds to the programs' settings."""

    @property
    def keys(self) -> dict[str, str]:
        """Of the bucket's account, and the pair of age."""
        found: dict[str, str] = json.loads((self.store.folder / "keys.json").read_text())
        return found

    @property
    def first(self) -> str:
        """The name of the host on which a restore runs."""
        return next(iter(self.hosts.addresses))

    def step(self, host: str, script: str, program: str, known: Mapping[str, Any], **secrets: str) -> str:
        """Runs a step without a connection. Returns what it said, also when it failed."""
        place = {"endpoint": f"https://{STORE_NAME}:{PORT}", "bucket": BUCKET, "region": "us-east-1"}
        values = {
            **{"HOST": host, "STEP": "thing", "PROGRAM": program, "RECIPIENT": self.keys["recipient"]},
            **{"SETTINGS": json.dumps({"kind": self.kind, **self.known, **known}), "PLACE": json.dumps(place)},
            **{"MINUTE": "00", "OTHER_MINUTE": "30", "ACCESS_KEY": ACCOUNT, "SECRET_KEY": self.keys["account"]},
            **secrets,
        }
        text = f"exec 2>&1\n{assignments(values)}{PRELUDE.read_text()}\n{(HERE / script).read_text()}"
        return run_in_host(self.hosts.lab, host, ["bash", "-s"], stdin=text, seconds=300, check=False)

    def set_up(self, host: str, *, without: str = "", **known: Any) -> str:
        """The step of a backup. `without`: the name of a time limit that is 0."""
        every = {"prefix": "mine", "recipient": self.keys["recipient"], "every_hours": 24, "keep": 28, "host": host}
        program = joined((*BACKUP_PARTS, *self.snapshots.take), f"main({self.snapshots.taker})")
        if without:
            assert f"\n{without} = " in program
            program = program.replace(f"\n{without} = ", f"\n{without} = 0 * ")
        return self.step(
            host, "backup.sh", program, {**every, "k3s": "v1.36.3+k3s1", "encrypts": True, **known}, TOKEN=TOKEN
        )

    def back_up(self, host: str) -> dict[str, Any]:
        """Starts the unit, as the timer does. What it noted."""
        self.hosts.on(host, f"systemctl reset-failed {UNIT} || true; systemctl start {UNIT} || true")
        noted: dict[str, Any] = json.loads(self.hosts.on(host, "cat /var/lib/tailnet-k3s/backup/status.json"))
        return noted

    def restore(self, backup: str = "latest", identity: str = "", **known: Any) -> str:
        """The step of a restore, on the first member."""
        program = joined((*RESTORE_PARTS, *self.snapshots.load), f"main({self.snapshots.restorer})").rstrip("\n")
        settings = {"prefix": "mine", "backup": backup, "k3s": "v1.36.3+k3s1", "encrypts": True, **known}
        key = identity or self.keys["identity"]
        return self.step(self.first, "restore.sh", program, settings, IDENTITY=key, TOKEN=OTHER_TOKEN)

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
        said = run_in_host(self.hosts.lab, self.first, ["python3", "-"], stdin=program)
        assert said.strip() == "put"
        return "20250101T0000Z-spoilt"


def store_for(hosts: Hosts) -> Store:
    """A store that runs, and that these hosts know. It trusts nobody but who has the keys."""
    lab, built = hosts.lab, programs("minio", "mc")
    for folder in (sites_folder(lab), lab.logs):
        folder.mkdir(mode=0o700, exist_ok=True)
    authority = ensure_authority(sites_folder(lab)).certificate.read_text()
    store_settings(lab, {"backup": {}})
    store = Store(lab, built["minio"], built["mc"])
    store.start(Silence())
    for host in hosts.addresses:
        run_in_host(lab, host, ["tee", "/usr/local/share/ca-certificates/lab.crt"], stdin=authority)
        hosts.on(host, f"update-ca-certificates; echo {STORE_ADDRESS} {STORE_NAME} >>/etc/hosts")
    return store
