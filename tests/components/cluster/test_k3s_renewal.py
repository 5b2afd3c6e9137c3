"""k3s' certificates on a host: when they end, who restarts k3s for that, and when it does not."""

import subprocess
from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from components.cluster.slots import FOR_SERVERS, SLOTS, slots
from tests.certificates import ending_in
from tests.components.prelude import run_script

MONTH = 30
NOW = 3600 * SLOTS * 1000 + 3600 * 4  # the hour of slot 4
# k3s as a folder: a restart gives it new certificates, if there is a `new` one.
PROGRAMS = {
    "date": f'[ "$1" = +%s ] && echo {NOW} || exec /bin/date "$@"',
    "systemctl": """echo "$*" >>"$FOLDER/restarts"
[ ! -e "$FOLDER/new" ] || for file in "$FOLDER"/rancher/k3s/*/*.crt "$FOLDER"/rancher/k3s/server/tls/*.crt; do
  [ ! -e "$file" ] || cp "$FOLDER/new" "$file"
done""",
    "k3s": """case "$*" in
  *"get lease"* | *"lease oracle-1"*) echo 2999-01-01T00:00:00Z ;;
  *"get nodes -l"*) cat "$FOLDER/servers" ;;
  *"node oracle-1 -o name"*) [ -s "$FOLDER/servers" ] ;;
  *"node oracle-1"*) echo True ;;
esac""",
}


def at(folder: Path, text: str) -> str:
    return text.replace("/var/lib/rancher", f"{folder}/rancher").replace("/run/k3s-not", f"{folder}/k3s-not")


@pytest.fixture
def host(tmp_path: Path) -> Path:
    """A server in good health, with authorities that nobody renews and a component of each kind."""
    for name, days in {"server/tls/client-ca.crt": 5, "server/tls/client-admin.crt": 300, "agent/a.crt": 300}.items():
        file = tmp_path / "rancher" / "k3s" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(ending_in(days))
    (tmp_path / "servers").write_text("True\nTrue\nTrue\n")
    (tmp_path / "new").write_text(ending_in(365))
    return tmp_path


def left(host: Path, days: int, name: str = "server/tls/client-admin.crt") -> None:
    (host / "rancher" / "k3s" / name).write_text(ending_in(days))


def by_the_timer(host: Path, slot: int = 4, role: str = "server") -> subprocess.CompletedProcess[str]:
    functions = (HERE / "node_certificates.sh").read_text() + (HERE / "k3s_renewal.sh").read_text()
    functions = functions.partition("\ninstall_packages")[0]
    values = {"HOST": "oracle-1", "ROLE": role, "SLOT": str(slot)}
    return run_script(host, f"{at(host, functions)}\nrenew_in_turn", values, PROGRAMS)


def restarts(host: Path) -> list[str]:
    file = host / "restarts"
    return file.read_text().splitlines() if file.exists() else []


@pytest.mark.parametrize("months", [0, 6, 8])
def test_certificates_that_last_are_left(host: Path, months: int) -> None:
    left(host, 365 - months * MONTH)
    assert by_the_timer(host).returncode == 0
    assert restarts(host) == []


@pytest.mark.parametrize("months", [11, 13, 26])
@pytest.mark.parametrize("role", ["server", "agent"])
def test_k3s_restarts_before_they_end_and_also_after(host: Path, months: int, role: str) -> None:
    left(host, 365 - months * MONTH, "agent/a.crt" if role == "agent" else "server/tls/client-admin.crt")
    ran = by_the_timer(host, role=role)
    assert ran.returncode == 0, ran.stderr
    unit = "k3s" if role == "server" else "k3s-agent"
    assert restarts(host) == [f"restart --no-block {unit}.service"]
    assert f"restarts {unit}, because " in ran.stdout
    assert by_the_timer(host, role=role).stdout == "", "the new ones last"


def test_each_host_has_its_own_hour(host: Path) -> None:
    left(host, 80)
    for slot in range(SLOTS):
        if slot != 4:
            assert by_the_timer(host, slot).stdout == ""
    assert restarts(host) == []
    by_the_timer(host, 4)
    assert len(restarts(host)) == 1


@pytest.mark.parametrize("servers", ["True\nFalse\nTrue\n", "True\nUnknown\n", ""])
def test_no_server_restarts_while_another_is_not_ready(host: Path, servers: str) -> None:
    left(host, 80)
    (host / "servers").write_text(servers)
    ran = by_the_timer(host)
    assert (ran.returncode, restarts(host)) == (1, [])
    assert "waits, because not all servers are Ready: " in ran.stdout
    left(host, 9)
    by_the_timer(host)
    assert len(restarts(host)) == 1, "in the last days it does not wait any more"


def test_an_agent_waits_for_the_api(host: Path) -> None:
    left(host, 80)
    (host / "servers").write_text("")
    assert by_the_timer(host, role="agent").returncode == 1
    assert restarts(host) == []


def test_what_a_restart_does_not_renew_leads_to_no_other_restart(host: Path) -> None:
    left(host, 80)
    (host / "new").unlink()
    ran = by_the_timer(host)
    assert "has not renewed" in ran.stdout
    by_the_timer(host)
    assert len(restarts(host)) == 1


def test_a_certificate_whose_end_is_not_told_is_not_taken_for_one_that_lasts(host: Path) -> None:
    (host / "rancher/k3s/agent/a.crt").write_text("no certificate")
    ran = by_the_timer(host)
    assert ran.returncode == 1
    assert f"openssl does not tell the end of {host}/rancher/k3s/agent/a.crt: " in ran.stdout
    assert restarts(host) == []


def test_servers_never_share_an_hour_and_a_new_agent_changes_nobody_s() -> None:
    servers = [f"oracle-{n}" for n in range(1, 8)]
    found = slots(servers, ["home-1", "home-2"])
    own = [found[name] for name in servers]
    assert len(set(own)) == len(own)
    assert all(FOR_SERVERS <= found[name] < SLOTS for name in ("home-1", "home-2"))
    more = slots(servers, ["azure-1", "home-1", "home-2"])
    assert {name: more[name] for name in found} == found
    assert list(more) == [*servers, "azure-1", "home-1", "home-2"]


def test_the_program_on_the_host_is_the_same_functions(tmp_path: Path) -> None:
    """With what it needs, and nothing that only a step has."""
    step = (HERE / "node_certificates.sh").read_text() + (HERE / "k3s_renewal.sh").read_text()
    step = step.replace("/usr/local/sbin", str(tmp_path)).replace("/etc/systemd/system", str(tmp_path))
    programs = {"systemctl": "echo active", "busctl": "echo t 0", "dpkg-query": "echo installed"}
    owner = 'write_file() { cat >"$1"; chmod 755 "$1"; }\n'
    values = {"ROLE": "server", "SLOT": "4"}
    ran = run_script(tmp_path, f"{owner}{at(tmp_path, step)}", values, programs)
    assert ran.returncode == 0, ran.stderr
    program = subprocess.run([tmp_path / "k3s-renewal"], capture_output=True, text=True, check=False)
    assert (program.returncode, program.stdout, program.stderr) == (0, "", "")
    certificate = tmp_path / "rancher" / "k3s" / "agent" / "a.crt"
    certificate.parent.mkdir(parents=True)
    certificate.write_text(ending_in(3))
    path = f"{tmp_path}/bin:/usr/bin:/bin"
    for name, text in PROGRAMS.items():
        (tmp_path / "bin" / name).write_text(f"#!/bin/bash\n{text}\n")
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / "new").write_text(ending_in(365))
    program = subprocess.run(
        [tmp_path / "k3s-renewal"],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": path, "FOLDER": str(tmp_path)},
    )
    assert (program.returncode, program.stderr) == (0, "")
    assert restarts(tmp_path) == ["restart --no-block k3s.service"]
