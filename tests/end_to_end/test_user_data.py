"""User data can be read for as long as a machine lives. After the join, nothing in it opens anything."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from components.overlay.tailscale.joining import AUTH_KEY_FILE
from lab.engine import outputs, secret_values
from lab.hosts import run_in_host
from tests.end_to_end.running import RunningLab

USER_DATA = "/var/lib/cloud/instance/user-data.txt"
SECOND_DEVICE = """read -r key
server=$(tailscale debug prefs | python3 -c 'import json, sys; print(json.load(sys.stdin)["ControlURL"])')
folder=$(mktemp -d)
tailscaled --no-logs-no-support --tun=userspace-networking --statedir="$folder" --socket="$folder/socket" --port=0 \
  >/dev/null 2>&1 &
trap 'kill $!; rm -rf "$folder"' EXIT
until [ -S "$folder/socket" ]; do sleep 0.2; done
tailscale --socket="$folder/socket" up --auth-key="$key" --login-server="$server" --hostname=intruder --timeout=30s 2>&1
echo "address: $(tailscale --socket="$folder/socket" ip -4 2>/dev/null)"
"""
"""A thief's own device, with the key of its input. It prints why it was refused, and the address that it got."""


@pytest.fixture(scope="module")
def machines(lab: RunningLab, settings_file: Path) -> dict[str, dict[str, Any]]:
    """User data of each host that a cloud made, as the host's own copy has it."""
    hosts = yaml.safe_load(settings_file.read_text())["config"]["tailnet-k3s:hosts"]
    made = [name for name, host in hosts.items() if host["cloud"] != "existing"]
    assert made
    return {name: yaml.safe_load(run_in_host(lab.lab, name, ["cat", USER_DATA])) for name in made}


def is_found(secret: str, text: str) -> bool:
    """Whether a value of the state stands in a text. Public keys count as no secrets, whatever the state says."""
    return len(secret) >= 12 and not secret.startswith("ssh-") and secret.strip() in text


def test_its_host_key_is_shown_no_more(lab: RunningLab, machines: dict[str, dict[str, Any]]) -> None:
    known = outputs(lab.workspace)
    for host, document in machines.items():
        scanned = lab.output_of("operator", "ssh-keyscan", "-T", "10", known["nodes"][host])
        keys = [" ".join(line.split()[1:]) for line in scanned.output.splitlines() if not line.startswith("#")]
        assert keys == [known["ssh"]["host_keys"][host]], host
        assert document["ssh_keys"]["ed25519_public"].split()[1] not in scanned.output, host


def test_its_key_of_the_tailnet_lets_nobody_else_in(lab: RunningLab, machines: dict[str, dict[str, Any]]) -> None:
    for host, document in machines.items():
        (key,) = [file["content"] for file in document["write_files"] if file["path"] == AUTH_KEY_FILE]
        said = run_in_host(lab.lab, host, ["bash", "-c", SECOND_DEVICE], stdin=f"{key}\n", seconds=90)
        assert said.splitlines()[-1] == "address: ", said
        assert "key" in said.lower(), said


def test_no_other_secret_is_in_it(lab: RunningLab, machines: dict[str, dict[str, Any]]) -> None:
    for host, document in machines.items():
        text = json.dumps(document).replace("\\n", "\n")
        found = {
            where
            for where, value in secret_values(lab.lab).items()
            if not where.startswith((f"{host}-first ", f"{host} ")) and is_found(value, text)
        }
        assert found == set(), host
