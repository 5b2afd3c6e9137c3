"""An account of the object store is gone only if the store says so. Answers are those of MinIO's client."""

import json
import subprocess
from pathlib import Path

import pytest

from components.storage.minio import minio
from tests.components.prelude import run_script

VALUES = {"NAMESPACE": "storage", "DEPLOYMENT": "minio", "ACCOUNT": "photos"}
K3S = """while [ "$1" != mc ]; do shift; done
shift 3
[ "$1" != --json ] || shift
[ "$1" = admin ] || exit 0
echo "$2 $3" >>"$FOLDER/asked"
[ "$3" = info ] && [ -e "$FOLDER/$2" ] || exit 0
cat "$FOLDER/$2"
echo "command terminated with exit code 1" >&2
exit 1
"""


def answer(code: str) -> str:
    """An error, as the client prints it."""
    cause = {"message": "words", "error": {"Code": code, "Message": "words"}}
    return json.dumps({"status": "error", "error": {"message": "Unable", "cause": cause}}, separators=(",", ":")) + "\n"


def leave(folder: Path, **answers: str) -> subprocess.CompletedProcess[str]:
    """What the script does. `answers`: the error of the kinds `user` and `policy`; the store has the others."""
    for kind, code in answers.items():
        (folder / kind).write_text(answer(code))
    script = minio.CLIENT.read_text() + (minio.HERE / "account_leave.sh").read_text()
    return run_script(folder, script, VALUES, {"k3s": K3S})


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


def test_an_account_leaves_with_its_rights(tmp_path: Path) -> None:
    assert leave(tmp_path).returncode == 0
    assert asked(tmp_path) == ["user info", "user remove", "policy info", "policy remove"]


def test_what_the_store_does_not_have_is_not_removed(tmp_path: Path) -> None:
    left = leave(tmp_path, user="XMinioAdminNoSuchUser", policy="XMinioAdminNoSuchPolicy")
    assert left.stderr == "oracle-1 thing: unchanged\n"
    assert asked(tmp_path) == ["user info", "policy info"]


@pytest.mark.parametrize("kind", ["user", "policy"])
def test_a_store_that_does_not_tell_ends_the_step(tmp_path: Path, kind: str) -> None:
    left = leave(tmp_path, **{kind: "SlowDown"})
    assert left.returncode == 97
    assert f"the store does not tell whether it has the {kind} photos: " in left.stderr.splitlines()[-1]
    assert "SlowDown" in left.stderr.splitlines()[-1]
