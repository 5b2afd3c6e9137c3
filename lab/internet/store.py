"""A store with the API of S3 somewhere in the lab's internet, for a stack with backups. Real MinIO, with real rights.

Its account may put, get and list, and not delete, as docs/backups.md advises. The lab types the keys into the settings,
as an owner does.
"""

import json
import secrets
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lab.engine import Secret
from lab.files import replace
from lab.internet.age_key import new_age_key
from lab.internet.ca import ensure_authority, ensure_site
from lab.internet.service import Service, ServiceError, command, ensure_service
from lab.internet.sites import link, sites_folder
from lab.lab import SERVICES, STORE_ADDRESS, STORE_NAME, Lab
from lab.network import namespace_command
from lab.progress import Report

PORT = 9000
"""MinIO's usual one. Its client can't use an address with the port 443."""
BUCKET = "backups"
ACCOUNT = "keeper-of-backups"
SECONDS = 30
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["s3:ListBucket"], "Resource": [f"arn:aws:s3:::{BUCKET}"]},
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject"], "Resource": [f"arn:aws:s3:::{BUCKET}/*"]},
    ],
}


@dataclass(frozen=True)
class Store:
    """The store of one lab: its programs, and where its files are."""

    lab: Lab
    server: Path
    client: Path

    @property
    def folder(self) -> Path:
        """Folder with its data and keys. Who wants to keep backups, keeps this."""
        return store_folder(self.lab)

    def start(self, report: Report) -> None:
        """Starts it, and creates bucket and account. Raises ServiceError."""
        keys = _keys(self.folder)
        authority = ensure_authority(sites_folder(self.lab))
        certificates = self.folder / "certificates"
        certificates.mkdir(mode=0o700, parents=True, exist_ok=True)
        site = ensure_site(certificates, STORE_NAME, authority)
        # MinIO watches links by a clock, and files by one of the machine's few inotify instances.
        link(certificates / "public.crt", site.certificate)
        link(certificates / "private.key", site.key)
        address = f"{STORE_ADDRESS}:{PORT}"
        service = Service(
            name="store",
            role=SERVICES,
            command=command(
                *(self.server, "server", "--quiet", "--address", address),
                *("--certs-dir", certificates, self.folder / "data"),
            ),
            environment={"MINIO_ROOT_USER": "owner", "MINIO_ROOT_PASSWORD": keys["owner"]},
            listens=((STORE_ADDRESS, PORT),),
            sources=(site.certificate,),
        )
        if not ensure_service(self.lab, service, report):
            return
        self.ask("mb", "--ignore-existing", f"store/{BUCKET}")
        self.ask("admin", "policy", "create", "store", ACCOUNT, "/dev/stdin", text=json.dumps(POLICY))
        self.ask("admin", "user", "add", "store", text=f"{ACCOUNT}\n{keys['account']}\n")
        attached = self.ask("admin", "policy", "attach", "store", ACCOUNT, "--user", ACCOUNT, check=False)
        if "error" in attached and "already" not in attached:
            raise ServiceError(f"store: {attached.strip()[:300]}")

    def ask(self, *words: str, text: str = "", check: bool = True) -> str:
        """What MinIO's client says, as the store's owner. Tries again while the server starts. Raises ServiceError."""
        keys = _keys(self.folder)
        environment = {
            "HOME": str(self.folder),
            "MC_HOST_store": f"https://owner:{keys['owner']}@{STORE_ADDRESS}:{PORT}",
            "MC_CONFIG_DIR": str(self.folder / "client"),
        }
        asked = command(self.client, "--json", "--insecure", *words)
        end = time.monotonic() + SECONDS
        while True:
            done = subprocess.run(
                namespace_command(self.lab, SERVICES, asked),
                env=environment,
                input=text,
                capture_output=True,
                text=True,
                timeout=SECONDS,
                check=False,
            )
            if done.returncode == 0 or not check:
                return done.stdout
            if time.monotonic() > end:
                raise ServiceError(f"store: {' '.join(words[:3])}: {(done.stdout + done.stderr).strip()[:300]}")
            time.sleep(0.5)


def store_folder(lab: Lab) -> Path:
    """Folder of the lab's store."""
    return sites_folder(lab) / "store"


def store_settings(lab: Lab, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What the owner of a stack with backups has to set besides. Nothing for a stack without."""
    if not isinstance(settings.get("backup"), Mapping):
        return {}
    keys = _keys(store_folder(lab)) if lab.root.is_dir() else _new_keys()
    place = {"endpoint": f"https://{STORE_NAME}:{PORT}", "bucket": BUCKET}
    account = {"access_key": Secret(ACCOUNT), "secret_key": Secret(keys["account"])}
    found: dict[str, Any] = {"backup": {**place, **account, "recipient": keys["recipient"]}}
    if isinstance(settings.get("restore"), Mapping):
        found["restore"] = {"identity": Secret(keys["identity"])}
    return found


def _keys(folder: Path) -> dict[str, str]:
    file = folder / "keys.json"
    if not file.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace(file, json.dumps(_new_keys()))
    known: dict[str, str] = json.loads(file.read_text())
    return known


def _new_keys() -> dict[str, str]:
    """Of the store's owner, of the account, and the pair that backups are encrypted with."""
    identity, recipient = new_age_key()
    owner, account = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
    return {"owner": owner, "account": account, "identity": identity, "recipient": recipient}
