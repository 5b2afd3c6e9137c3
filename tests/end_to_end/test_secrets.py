"""Every secret value that the stack generated is searched for where none may be."""

import re
import subprocess
from pathlib import Path

import pytest

from lab.engine import secret_values
from lab.lab import REPOSITORY
from tests.end_to_end.conftest import Bringup
from tests.end_to_end.running import RunningLab

SHORTEST = 12
"""Characters below which a value is found by accident."""
# What is no secret by itself, and is kept as one with others: users and addresses beside their keys, and a
# copy of Azure's inputs, whose secrets stand beside it, too. Steps have these as values: sudo logs a command's words.
PUBLIC_PARTS = re.compile(
    r"(access_key|ACCESS_KEY_ID|ENDPOINT_URL_S3|ROOT_USER)$|connection\.(host|user)$|outputs\.__inputs\."
    r"|stringData\.tls\.crt$|server-(folder-\S+|buckets) outputs\.stdout$"
)


@pytest.fixture(scope="module")
def secrets(lab: RunningLab) -> dict[str, str]:
    """Every value that the stack's state holds as a secret, by where it stands: single lines that identify it."""
    values: dict[str, str] = {}
    for where, value in secret_values(lab.lab).items():
        if PUBLIC_PARTS.search(where):
            continue
        lines = value.strip().splitlines()
        # The end of an elliptic curve's private key is its public half, which certificates show.
        is_long_key = len(lines) > 3 and "PRIVATE KEY-----" in lines[0]
        for line in lines[:-2] if is_long_key else lines:
            text = line.strip()
            if len(text) >= SHORTEST and " " not in text and not text.startswith(("-----", "#")):
                values.setdefault(text, where)
    assert len(values) > 20, f"only {len(values)} secret values in the state: this test would prove little"
    return values


def found_in(text: str, secrets: dict[str, str]) -> list[str]:
    """Where the secrets come from that stand in a text; never the secrets themselves."""
    return sorted({where for value, where in secrets.items() if value in text})


def test_no_secret_in_the_lab_s_logs(lab: RunningLab, secrets: dict[str, str]) -> None:
    logs = list(lab.lab.logs.rglob("*"))
    assert logs
    for log in logs:
        if log.is_file():
            assert found_in(log.read_text(errors="replace"), secrets) == [], log.name


def test_no_secret_in_what_commands_print(lab: RunningLab, bringup: Bringup, secrets: dict[str, str]) -> None:
    for text in [*bringup.outputs, lab.must("preview"), lab.must("status"), lab.must("up")]:
        assert found_in(text, secrets) == []


def test_no_secret_in_the_journals_of_hosts(
    lab: RunningLab, hosts: dict[str, list[str]], secrets: dict[str, str]
) -> None:
    for host in hosts:
        journal = lab.ssh(host, "journalctl -q --no-pager -o cat; find /var/log -name '*.log' -size -5M -exec cat {} +")
        assert len(journal) > 1000, host
        assert found_in(journal, secrets) == [], host


def test_the_datastore_has_secrets_encrypted_and_every_server_reads_them(
    lab: RunningLab, hosts: dict[str, list[str]], members: list[str]
) -> None:
    rows = "FROM k3s.kine WHERE name LIKE '/registry/secrets/%' AND deleted = 0"
    query = f"SELECT COUNT(*), SUM(value LIKE 'k8s:enc:aescbc:v1:%') {rows}"
    count, encrypted = lab.ssh(members[-1], f'mariadb -N -e "{query}"').split()
    assert int(count) > 3
    assert encrypted == count
    for server in [name for name, roles in hosts.items() if "server" in roles]:
        listed = lab.ssh(server, "k3s kubectl get secrets -A -o name")
        assert "secret/" in listed, server


def test_no_secret_on_a_command_line(lab: RunningLab, secrets: dict[str, str]) -> None:
    """The machine sees the processes of every host."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(path.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except OSError:
            continue
    assert any("k3s" in line for line in lines)
    assert found_in("\n".join(lines), secrets) == []


def test_no_secret_in_the_repository(lab: RunningLab, secrets: dict[str, str]) -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=REPOSITORY,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = REPOSITORY / name
        if path.is_file():
            assert found_in(path.read_text(errors="replace"), secrets) == [], name
