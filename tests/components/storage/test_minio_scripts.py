"""The scripts that tell MinIO what to hold, with MinIO's own server and client: what the store then holds, and says.

Tests without the mark `lab` have no store: they are about what a script says when it does not get so far.
"""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from components.storage.minio import minio
from components.storage.minio.lifecycle import RULE, lifecycle
from tests.components.prelude import run_script
from tests.lab.providers.programs import programs, start, stop
from tests.ports import free_port

SCRIPTS = minio.HERE
VALUES = {"NAMESPACE": "storage", "DEPLOYMENT": "minio", "STORE": "1234"}
USER, PASSWORD = "administrator", "administrators-password"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": ["arn:aws:s3:::*"]}],
}
# In place of kubectl, which would run the client in the server's container. Writes down what it is asked.
IN_CONTAINER = """#!/bin/bash
while [ "$1" != mc ]; do shift; done
shift 3
echo "$*" >>"$FOLDER/asked"
if [ -n "{broken}" ] && [[ "$*" == *"{broken}"* ]]; then echo '{{"error": "disk is gone"}}'; exit 1; fi
MC_HOST_store="{url}" exec "{client}" --config-dir "$FOLDER/mc" "$@"
"""


@dataclass(frozen=True)
class Store:
    """A store that a step on this computer reaches as one on a host would, and its client."""

    folder: Path
    client: Path
    url: str

    def step(
        self, script: str, values: Mapping[str, str], secret: Mapping[str, str] | None = None, broken: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """What the script does; it gives up a wait after a second. Commands with `broken` in them fail."""
        bin_folder = self.folder / "bin"
        bin_folder.mkdir(exist_ok=True)
        kubectl = IN_CONTAINER.format(url=self.url, client=self.client, broken=broken)
        for name, text in {"k3s": kubectl, "dpkg-query": "#!/bin/bash\necho installed\n"}.items():
            (bin_folder / name).write_text(text)
            (bin_folder / name).chmod(0o755)
        text = minio.CLIENT.read_text() + (SCRIPTS / script).read_text().replace("wait_until 300", "wait_until 1")
        return run_script(self.folder, text, {**VALUES, **values}, secrets=secret)

    def bucket(self, name: str, *, versioning: bool = False, days: int | None = None) -> str:
        """The last line of a step that makes a bucket."""
        result = self.step("bucket.sh", bucket_values(name, versioning, days))
        assert result.returncode == 0, result.stderr
        return result.stderr.splitlines()[-1]

    def ask(self, *words: str, text: str = "", url: str = "") -> list[dict[str, Any]]:
        """What the client answers. Raises CalledProcessError."""
        command = [str(self.client), "--config-dir", str(self.folder / "mc"), "--json", *words]
        environment = {**os.environ, "MC_HOST_store": url or self.url}
        said = subprocess.run(command, env=environment, input=text, capture_output=True, text=True, check=True).stdout
        return [json.loads(line) for line in said.splitlines()] if "\n{" in said else [json.loads(said)] if said else []

    def rules(self, name: str) -> list[dict[str, Any]]:
        """By which objects of a bucket expire."""
        rules: list[dict[str, Any]] = self.ask("ilm", "rule", "export", f"store/{name}")[0]["config"]["Rules"]
        return rules

    def versioning(self, name: str) -> str:
        """Enabled, Suspended, or nothing."""
        return str(self.ask("version", "info", f"store/{name}")[0]["versioning"]["status"])


def bucket_values(name: str, versioning: bool = False, days: int | None = None) -> dict[str, str]:
    """Values of bucket.sh."""
    return {"BUCKET": name, "VERSIONING": "yes" if versioning else "no", "LIFECYCLE": lifecycle(days), "RULE": RULE}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """MinIO's client, and where its server answers."""
    folder = tmp_path_factory.mktemp("minio")
    built = programs("minio", "mc")
    address = f"127.0.0.1:{free_port()}"
    command = [str(built["minio"]), "server", "--quiet", "--address", address, str(folder / "data")]
    login = {"MINIO_ROOT_USER": USER, "MINIO_ROOT_PASSWORD": PASSWORD, "HOME": str(folder)}
    process = start(folder / "log", *command, **login)
    try:
        yield built["mc"], f"http://{USER}:{PASSWORD}@{address}"
    finally:
        stop(process)


@pytest.fixture
def store(server: tuple[Path, str], tmp_path: Path) -> Store:
    """The running store, once it answers."""
    found = Store(tmp_path, *server)
    deadline = time.monotonic() + 60
    while True:
        try:
            found.ask("ls", "store")
        except subprocess.CalledProcessError:
            assert time.monotonic() < deadline, "the store does not answer"
            time.sleep(0.5)
        else:
            return found


@pytest.fixture
def silent(tmp_path: Path) -> Store:
    """None is there: the client always fails."""
    return Store(tmp_path, Path("/bin/false"), "http://127.0.0.1:1")


@pytest.fixture
def name() -> str:
    """Of a bucket that no other test has."""
    return f"photos-{secrets.token_hex(4)}"


@pytest.mark.lab
def test_a_bucket_is_made_once(store: Store, name: str) -> None:
    assert store.bucket(name) == f"oracle-1 thing: created bucket {name}"
    assert f"{name}/" in [one["key"] for one in store.ask("ls", "store")]
    assert store.bucket(name) == "oracle-1 thing: unchanged"


@pytest.mark.lab
def test_versioning_comes_and_goes(store: Store, name: str) -> None:
    store.bucket(name, versioning=True)
    assert store.versioning(name) == "Enabled"
    assert store.bucket(name, versioning=True) == "oracle-1 thing: unchanged"
    assert "existing versions stay" in store.bucket(name)
    assert store.versioning(name) == "Suspended"
    assert store.bucket(name) == "oracle-1 thing: unchanged"


@pytest.mark.lab
def test_expiry_comes_changes_and_goes(store: Store, name: str) -> None:
    store.bucket(name, days=30)
    assert store.rules(name)[0]["Expiration"] == {"Days": 30}
    assert store.bucket(name, days=30) == "oracle-1 thing: unchanged"
    store.bucket(name, days=3)
    (rule,) = store.rules(name)
    assert (rule["Expiration"]["Days"], rule["NoncurrentVersionExpiration"]["NoncurrentDays"]) == (3, 3)
    store.bucket(name)
    with pytest.raises(subprocess.CalledProcessError):  # the client's answer to a bucket without rules
        store.rules(name)
    assert store.bucket(name) == "oracle-1 thing: unchanged"


@pytest.mark.lab
def test_rules_that_a_user_made_stay_in_a_bucket_without_expiry(store: Store, name: str) -> None:
    store.bucket(name)
    mine = {"ID": "mine", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    store.ask("ilm", "rule", "import", f"store/{name}", text=json.dumps({"Rules": [mine]}))
    assert store.bucket(name) == "oracle-1 thing: unchanged"
    assert [rule["ID"] for rule in store.rules(name)] == ["mine"]


@pytest.mark.lab
def test_a_setting_that_can_not_be_read_ends_the_step(store: Store, name: str) -> None:
    result = store.step("bucket.sh", bucket_values(name), broken="version info")
    assert result.returncode == 97
    assert f'reading \'version info store/{name}\' failed: {{"error": "disk is gone"}}' in result.stderr


def test_a_store_that_does_not_answer_is_said(silent: Store, name: str) -> None:
    result = silent.step("bucket.sh", bucket_values(name))
    assert result.returncode == 97
    assert "the object store to answer" in result.stderr.splitlines()[-1]


@pytest.mark.lab
def test_an_account_has_its_keys_and_its_rights_and_leaves_with_them(store: Store, name: str) -> None:
    values, key = {"ACCOUNT": name, "POLICY": json.dumps(POLICY)}, "hunter2hunter2"
    result = store.step("account.sh", values, {"SECRET_KEY": key})
    assert result.returncode == 0, result.stderr
    assert key not in result.stdout + result.stderr + (store.folder / "asked").read_text()
    own = store.url.replace(f"{USER}:{PASSWORD}", f"{name}:{key}")
    store.ask("ls", "store", url=own)
    with pytest.raises(subprocess.CalledProcessError):
        store.ask("mb", f"store/{name}", url=own)

    assert store.step("account_leave.sh", values).stderr.endswith(f"removed account {name}\n")
    for kind in ("user", "policy"):
        with pytest.raises(subprocess.CalledProcessError):
            store.ask("admin", kind, "info", "store", name)
    assert store.step("account_leave.sh", values).stderr.endswith("unchanged\n")


@pytest.mark.lab
def test_other_buckets_are_those_that_nobody_wants(store: Store, name: str) -> None:
    store.bucket(name)
    store.bucket(f"{name}-old")
    assert f"{name}-old" in store.step("buckets.sh", {"WANTED": name}).stdout.split()
    assert name not in store.step("buckets.sh", {"WANTED": name}).stdout.split()
    assert {name, f"{name}-old"} <= set(store.step("buckets.sh", {"WANTED": ""}).stdout.split())


def test_the_folder_is_the_servers_alone_and_keeps_its_id(silent: Store) -> None:
    values = {"FOLDER": str(silent.folder / "data"), "OWNER": str(os.getuid()), "SIZE_GB": "1"}
    first = silent.step("folder.sh", values)
    assert first.returncode == 0, first.stderr
    assert (silent.folder / "data" / "data").stat().st_mode & 0o777 == 0o700
    assert len(first.stdout) == 36
    again = silent.step("folder.sh", values)
    assert (again.stdout, again.stderr.splitlines()[-1]) == (first.stdout, "oracle-1 thing: unchanged")


def test_a_volume_that_is_too_small_is_refused(silent: Store) -> None:
    result = silent.step("folder.sh", {"FOLDER": str(silent.folder / "data"), "OWNER": "0", "SIZE_GB": "99999"})
    assert result.returncode == 97
    assert "storage.size_gb is 99999: lower it, or give the host a larger volume" in result.stderr
