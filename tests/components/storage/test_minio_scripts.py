"""The scripts that tell MinIO what to hold, run with a client that plays the store: only what differs is changed."""

import base64
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from components.remote import render, render_secrets
from components.storage.minio import minio
from components.storage.minio.lifecycle import RULE, lifecycle

SCRIPTS = minio.HERE
VALUES = {"NAMESPACE": "storage", "DEPLOYMENT": "minio", "STORE": "1234", "HOST": "oracle-1", "STEP": "store"}

# FOLDER: what the store holds. calls: commands of the client, a line each. bucket: is there when the bucket is.
# versioning and lifecycle: its settings. stdin.N: what the Nth call was told.
_CLIENT = """#!/bin/bash
while [ "$1" != mc ]; do shift; done
shift
words=()
for word; do case $word in --config-dir) ;; /tmp/mc) ;; *) words+=("$word") ;; esac; done
echo "${words[*]}" >>"$FOLDER/calls"
number=$(wc -l <"$FOLDER/calls")
case "${words[*]}" in
  "ls store") [ ! -e "$FOLDER/silent" ] || { echo "mc: <ERROR> connection refused"; exit 1; }; cat "$FOLDER/buckets" ;;
  stat*) [ -e "$FOLDER/bucket" ] ;;
  mb*) touch "$FOLDER/bucket" ;;
  "--json version info"*)
    [ ! -e "$FOLDER/broken" ] || { echo '{"error": "disk is gone"}'; exit 1; }
    printf '{"versioning":{"status":"%s"}}' "$(cat "$FOLDER/versioning")"
    ;;
  "version enable"*) echo Enabled >"$FOLDER/versioning" ;;
  "version suspend"*) echo Suspended >"$FOLDER/versioning" ;;
  "--json ilm rule export"*)
    [ -s "$FOLDER/lifecycle" ] || { echo '{"error": {"Code": "NoSuchLifecycleConfiguration"}}'; exit 1; }
    printf '{"config":%s}' "$(cat "$FOLDER/lifecycle")"
    ;;
  "ilm rule import"*) cat >"$FOLDER/lifecycle" ;;
  "ilm rule rm"*) : >"$FOLDER/lifecycle" ;;
  "admin policy create"* | "admin user add"*) cat >"$FOLDER/stdin.$number" ;;
  "admin user info"* | "admin policy info"*) [ -e "$FOLDER/account" ] ;;
  "admin user remove"*) rm "$FOLDER/account" ;;
esac
"""


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The folder of an empty store."""
    (tmp_path / "bin").mkdir()
    for name, text in {"k3s": _CLIENT, "sudo": '#!/bin/bash\nexec "$@"\n'}.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    for name in ("buckets", "versioning", "lifecycle"):
        (tmp_path / name).touch()
    return tmp_path


def step(
    store: Path, script: str, values: Mapping[str, str], secrets: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """What the script does; it gives up a wait after a second. `calls` is about this run alone."""
    (store / "calls").write_text("")
    text = (SCRIPTS / script).read_text().replace("wait_until 300", "wait_until 1")
    return subprocess.run(
        ["bash", "-c", render(text, {**VALUES, **values})],
        input=render_secrets(secrets or {}),
        env={"PATH": f"{store / 'bin'}:{os.environ['PATH']}", "TMPDIR": str(store), "FOLDER": str(store)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def calls(store: Path) -> list[str]:
    """What the client was asked that is no question."""
    asked = (store / "calls").read_text().splitlines()
    return [
        one for one in asked if not one.startswith(("ls", "stat", "--json", "admin user info", "admin policy info"))
    ]


def bucket(store: Path, *, versioning: bool = False, days: int | None = None) -> str:
    """The step's last line."""
    values = {
        "BUCKET": "photos",
        "VERSIONING": "yes" if versioning else "no",
        "LIFECYCLE": lifecycle(days),
        "RULE": RULE,
    }
    result = step(store, "bucket.sh", values)
    assert result.returncode == 0, result.stderr
    return result.stderr.splitlines()[-1]


def test_a_bucket_is_made_once(store: Path) -> None:
    assert bucket(store) == "oracle-1 store: made bucket photos"
    assert calls(store) == ["mb --ignore-existing store/photos"]
    assert bucket(store) == "oracle-1 store: unchanged"
    assert calls(store) == []


def test_versioning_comes_and_goes(store: Path) -> None:
    bucket(store, versioning=True)
    assert calls(store)[1:] == ["version enable store/photos"]
    assert bucket(store, versioning=True) == "oracle-1 store: unchanged"
    assert "those that there are stay" in bucket(store)
    assert calls(store) == ["version suspend store/photos"]
    assert bucket(store) == "oracle-1 store: unchanged"


def test_expiry_comes_changes_and_goes(store: Path) -> None:
    bucket(store, days=30)
    assert json.loads((store / "lifecycle").read_text())["Rules"][0]["Expiration"] == {"Days": 30}
    assert bucket(store, days=30) == "oracle-1 store: unchanged"
    bucket(store, days=3)
    assert json.loads((store / "lifecycle").read_text())["Rules"][0]["NoncurrentVersionExpiration"] == {
        "NoncurrentDays": 3
    }
    bucket(store)
    assert calls(store) == [f"ilm rule rm --id {RULE} store/photos"]


def test_rules_that_a_user_made_stay_in_a_bucket_without_expiry(store: Path) -> None:
    bucket(store)
    (store / "lifecycle").write_text(json.dumps({"Rules": [{"ID": "mine", "Expiration": {"Days": 1}}]}))
    assert bucket(store) == "oracle-1 store: unchanged"


def test_a_setting_that_can_not_be_read_ends_the_step(store: Path) -> None:
    (store / "broken").touch()
    result = step(store, "bucket.sh", {"BUCKET": "photos", "VERSIONING": "no", "LIFECYCLE": "", "RULE": RULE})
    assert result.returncode == 97
    assert 'asking for \'version info store/photos\' failed: {"error": "disk is gone"}' in result.stderr


def test_a_store_that_does_not_answer_is_said(store: Path) -> None:
    (store / "silent").touch()
    result = step(store, "bucket.sh", {"BUCKET": "b", "VERSIONING": "no", "LIFECYCLE": "", "RULE": RULE})
    assert result.returncode == 97
    assert result.stderr.splitlines()[-1].endswith("the object store to answer; saw: mc: <ERROR> connection refused")


def test_an_account_gets_its_keys_and_its_policy_by_stdin(store: Path) -> None:
    values = {"ACCOUNT": "account-site", "POLICY": '{"a": "b"}'}
    result = step(store, "account.sh", values, {"SECRET_KEY": "hunter2hunter2"})
    assert result.returncode == 0, result.stderr
    assert calls(store) == [
        "admin policy create store account-site /dev/stdin",
        "admin user add store",
        "admin policy attach store account-site --user account-site",
    ]
    assert (store / "stdin.2").read_text() == '{"a": "b"}\n'
    assert (store / "stdin.3").read_text() == "account-site\nhunter2hunter2\n"
    assert "hunter2" not in result.stdout + result.stderr
    assert base64.b64encode(b"hunter2hunter2").decode() not in result.stdout + result.stderr


def test_an_account_that_goes_takes_its_policy_along_and_no_data(store: Path) -> None:
    (store / "account").touch()
    values = {"ACCOUNT": "account-site", "POLICY": "{}"}
    assert step(store, "account_leave.sh", values).stderr.endswith("removed account account-site\n")
    assert calls(store) == ["admin user remove store account-site"]
    assert step(store, "account_leave.sh", values).stderr.endswith("unchanged\n")


def test_other_buckets_are_those_that_nobody_wants(store: Path) -> None:
    (store / "buckets").write_text("[2026-01-01 00:00:00 UTC]     0B photos/\n[2026-01-01 00:00:00 UTC]     0B old/\n")
    assert step(store, "buckets.sh", {"WANTED": "photos\nplain"}).stdout == "old\n"
    assert step(store, "buckets.sh", {"WANTED": "photos\nold"}).stdout == ""
    assert step(store, "buckets.sh", {"WANTED": ""}).stdout == "photos\nold\n"


def test_the_folder_is_the_servers_alone_and_keeps_its_id(store: Path) -> None:
    values = {"FOLDER": str(store / "data"), "OWNER": str(os.getuid()), "SIZE_GB": "1"}
    first = step(store, "folder.sh", values)
    assert first.returncode == 0, first.stderr
    assert (store / "data" / "data").stat().st_mode & 0o777 == 0o700
    assert len(first.stdout) == 36
    again = step(store, "folder.sh", values)
    assert (again.stdout, again.stderr.splitlines()[-1]) == (first.stdout, "oracle-1 store: unchanged")


def test_a_volume_that_is_too_small_is_refused(store: Path) -> None:
    result = step(store, "folder.sh", {"FOLDER": str(store / "data"), "OWNER": "0", "SIZE_GB": "99999"})
    assert result.returncode == 97
    assert "storage.size_gb is 99999: lower it, or give the host a larger volume" in result.stderr
