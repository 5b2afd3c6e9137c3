"""The object store as its users meet it: S3 by boto3 from outside, the console in a browser, and data that stays."""

import hashlib
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.engine import outputs
from lab.hosts import reboot
from tests.end_to_end.browser import open_page
from tests.end_to_end.running import RunningLab, eventually
from tests.end_to_end.visitor import Visitor

SCRIPT = Path(__file__).parent / "object_store_visit.py"


@dataclass(frozen=True)
class Seen:
    """What the visitor's script found."""

    same: bool
    """Whether what was read is what was written."""
    sha256: str
    url: str
    """A presigned one of the object."""


def visit_store(visitor: Visitor, verb: str) -> Seen:
    """Run the visitor's script with the keys of the store's administrator."""
    login = json.dumps(outputs(visitor.lab.workspace)["storage"]["administrator"])
    done = visitor.network.run([sys.executable, str(SCRIPT), visitor.url("s3", ""), verb], text=login, seconds=300)
    assert done.returncode == 0, done.stderr[-3000:]
    return Seen(**json.loads(done.stdout))


def ready_pod(lab: RunningLab) -> str:
    """The name of the store's pod that is Ready; empty if there is none."""
    show = '{range .items[*]}{.metadata.name} {range .status.conditions[?(@.type=="Ready")]}{.status}{end}{"\\n"}{end}'
    pods = (line.split() for line in lab.kubectl("-n", "storage", "get", "pods", "-o", f"jsonpath={show}").splitlines())
    return next((words[0] for words in pods if words[1:] == ["True"]), "")


@pytest.fixture(scope="module")
def written(visitor: Visitor) -> Seen:
    """A new bucket with 64 MiB in it, uploaded in parts."""
    return visit_store(visitor, "write")


def test_boto3_makes_a_bucket_and_moves_64_mebibytes(written: Seen) -> None:
    assert written.same, "what was read is not what was written"


def test_a_presigned_url_works_for_anyone(visitor: Visitor, written: Seen, tmp_path: Path) -> None:
    file = tmp_path / "fetched"
    answer = visitor.get(written.url, "-o", str(file), seconds=120)
    assert answer.status == 200, answer.text
    assert hashlib.sha256(file.read_bytes()).hexdigest() == written.sha256
    assert visitor.get(written.url.partition("?")[0]).status == 403


def test_the_console_opens_in_a_browser(visitor: Visitor, artefacts: Path) -> None:
    page = open_page(visitor, visitor.url("s3-console", "/login"), artefacts / "s3-console.png")
    assert "Login" in page, page[:2000]


def test_data_outlives_the_pod(visitor: Visitor, lab: RunningLab, written: Seen) -> None:
    before = ready_pod(lab)
    lab.kubectl("-n", "storage", "delete", "pod", before)
    eventually("another pod to be ready", 120, lambda: ready_pod(lab) not in {"", before})
    eventually("the data to be there", 30, lambda: visit_store(visitor, "read").sha256 == written.sha256)


def test_data_outlives_a_reboot_of_its_host(
    visitor: Visitor, lab: RunningLab, hosts: dict[str, list[str]], written: Seen
) -> None:
    host = next(name for name, roles in hosts.items() if "storage" in roles)
    reboot(lab.lab, host)
    eventually("the data to be there", 240, lambda: visit_store(visitor, "read").sha256 == written.sha256)
