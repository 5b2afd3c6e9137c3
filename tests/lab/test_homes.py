"""Machines at home: what the lab types into the settings for their owner, and real ones from the start to the end."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lab.access import owner_login
from lab.engine import Secret, Workspace, merged, prepare
from lab.homes import Homes, home_file, plan_homes
from lab.hosts import HostError, cut_power, list_hosts
from lab.lab import OPERATOR, PACKAGES_ADDRESS, SERVICES, VISITOR, Lab
from lab.network import namespace_command
from lab.progress import Silence
from tests.lab.hosts.real_lab import blocked, connects, lab_of

HOME = {"cloud": "existing", "roles": ["agent"], "address": "192.168.1.20", "user": "pi"}
SETTINGS = {
    "hosts": {
        "oracle-1": {"cloud": "oracle", "roles": ["server"]},
        "home-1": HOME,
        "home-2": HOME | {"address": "nas.example.org", "port": 2222, "volume": "/srv/data"},
    },
    "logins": {"home-1": {"sudo_password": Secret("the owner's, which nobody here knows")}},
}


@pytest.fixture
def homes(tmp_path: Path) -> Homes:
    return plan_homes(Lab("t", tmp_path), SETTINGS)


def test_settings_get_what_their_owner_would_type_and_no_more(homes: Homes) -> None:
    typed = homes.settings()
    assert set(typed) == {"hosts", "logins"}
    assert set(typed["hosts"]["home-1"]) == {"host_key"}
    assert typed["hosts"]["home-1"]["host_key"].startswith("ssh-ed25519 AAAA")
    assert typed["hosts"]["home-2"]["address"] == "192.168.200.11", "a name that nobody in the lab could look up"
    assert set(typed["logins"]["home-1"]) == {"private_key", "sudo_password"}
    assert set(typed["logins"]["home-2"]) == {"private_key"}
    assert all(isinstance(value, Secret) for login in typed["logins"].values() for value in login.values())


def test_the_program_accepts_settings_so_completed(homes: Homes) -> None:
    from components.clouds.existing.host_settings import ExistingHost
    from components.clouds.existing.logins import Login

    typed = homes.settings()
    host = ExistingHost.model_validate(HOME | typed["hosts"]["home-1"])
    assert host.host_key == homes.homes["home-1"].host_public_key
    Login.model_validate({"private_key": typed["logins"]["home-1"]["private_key"].text})


def test_a_stack_without_such_machines_is_left_as_it_is(tmp_path: Path) -> None:
    assert plan_homes(Lab("t", tmp_path), {"hosts": {"oracle-1": {"cloud": "oracle"}}}).settings() == {}


@pytest.mark.parametrize(
    "hosts", [None, [], "x", {"a": None}, {"a": {"cloud": "existing"}}, {"a": HOME | {"port": "x"}}]
)
def test_what_can_not_be_understood_is_left_to_the_program(tmp_path: Path, hosts: object) -> None:
    assert plan_homes(Lab("t", tmp_path), {"hosts": hosts}).homes == {}


def test_a_plan_writes_nothing_and_kept_keys_stay(tmp_path: Path) -> None:
    lab = Lab("t", tmp_path / "lab")
    first = plan_homes(lab, SETTINGS)
    assert not lab.root.exists()
    first.keep()
    assert plan_homes(lab, SETTINGS) == first
    assert home_file(lab, "home-1").stat().st_mode & 0o777 == 0o600


def test_the_copy_of_the_settings_has_them_encrypted_and_the_same_ones_each_time(homes: Homes, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: tailnet-k3s\n")
    given = tmp_path / "Pulumi.dev.yaml"
    given.write_text(
        "encryptionsalt: v1:theirs\n"
        "config: {tailnet-k3s:hosts: {home-1: {cloud: existing, address: 192.168.1.20, user: pi}},"
        " tailnet-k3s:logins: {home-1: {private_key: {secure: v1:their:key}}},"
        " oci:privateKey: {secure: v1:their:key}}\n"
    )
    before = given.read_text()
    workspace = Workspace(homes.lab, "dev", tmp_path)
    prepare(workspace, given, merged({"k3s": {"registries": {}}}, homes.settings()))
    first = workspace.settings.read_text()
    prepare(workspace, given, merged({"k3s": {"registries": {}}}, homes.settings()))
    assert workspace.settings.read_text() == first
    assert "PRIVATE KEY" not in first
    assert "their" not in first
    assert given.read_text() == before


REAL = {
    "hosts": {
        "home-1": HOME | {"volume": "/srv/data"},
        "home-2": HOME | {"address": "192.168.1.21", "port": 2222, "public_address": "198.51.100.200"},
    },
    "logins": {"home-2": {"sudo_password": "asked for"}},
}
ECHO = """
import socket, sys
server = socket.create_server(("", int(sys.argv[1])))
print("listens", flush=True)
connection, peer = server.accept()
print(peer[0], flush=True)
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_of("t-home", tmp_path_factory.mktemp("lab")) as lab:
        homes = plan_homes(lab, REAL)
        homes.keep()
        homes.create(Silence())
        yield lab


def log_in(lab: Lab, name: str, command: str, stdin: str = "", role: str = OPERATOR) -> str:
    """What a command prints that the owner runs over SSH, from a place of the lab, with the host's key pinned."""
    home = plan_homes(lab, REAL).homes[name]
    key, known = lab.root / "key", lab.root / "known"
    key.touch(mode=0o600)
    key.write_text(plan_homes(lab, REAL).files[name].private_key)
    known.write_text(f"[{home.address}]:{home.port} {home.host_public_key}\n{home.address} {home.host_public_key}\n")
    options = ["-F", "none", "-o", f"UserKnownHostsFile={known}", "-o", "BatchMode=yes", "-o", "ConnectTimeout=3"]
    arguments = ["ssh", *options, "-i", str(key), "-p", str(home.port), f"{home.user}@{home.address}", command]
    return subprocess.run(
        namespace_command(lab, role, arguments), input=stdin, capture_output=True, text=True, check=False
    ).stdout


@pytest.mark.lab
def test_the_owner_logs_in_and_has_sudo(lab: Lab) -> None:
    told = log_in(lab, "home-1", "whoami; hostname; sudo -n whoami; stat -c %F /srv/data; command -v tailscale || true")
    assert told.splitlines() == ["pi", "home-1", "root", "directory"]


@pytest.mark.lab
def test_the_other_one_is_asked_for_a_password_and_listens_on_another_port(lab: Lab) -> None:
    password = plan_homes(lab, REAL).homes["home-2"].sudo_password
    assert password
    assert log_in(lab, "home-2", "sudo -n whoami") == ""
    assert log_in(lab, "home-2", "sudo -S -p '' whoami", stdin=f"{password}\n") == "root\n"


@pytest.mark.lab
def test_nobody_else_comes_in_from_outside(lab: Lab) -> None:
    for role in (VISITOR, SERVICES):
        assert blocked(lab, role, "192.168.1.20")
        assert blocked(lab, role, "192.0.2.40")
    assert connects(lab, "home-1", "192.168.1.21"), "two machines of one home see each other"


def heard_by(lab: Lab, listener: str, speaker: str, called: str, port: int) -> str:
    """As which address a connection from one place of the lab appears in another."""
    program = ["python3", "-c", ECHO, str(port)]
    server = subprocess.Popen(namespace_command(lab, listener, program), stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    assert server.stdout.readline() == "listens\n"
    connected = connects(lab, speaker, called, port, seconds=3)
    if not connected:
        server.kill()
    return server.communicate(timeout=10)[0].strip()


@pytest.mark.lab
def test_it_goes_out_as_its_router(lab: Lab) -> None:
    assert heard_by(lab, SERVICES, "home-1", PACKAGES_ADDRESS, 80) == "192.0.2.40"


@pytest.mark.lab
def test_a_router_that_passes_web_ports_on_lets_visitors_in_to_them_alone(lab: Lab) -> None:
    assert heard_by(lab, "home-2", VISITOR, "198.51.100.200", 443) == "192.0.2.20"
    assert blocked(lab, VISITOR, "198.51.100.200", 22)


@pytest.mark.lab
def test_after_a_power_cut_it_is_started_again_with_the_keys_it_had_unless_it_is_lost(lab: Lab) -> None:
    cut_power(lab, "home-1")
    plan_homes(lab, {"hosts": {"home-1": HOME | {"lost": True}}}).create(Silence())
    assert [state.name for state in list_hosts(lab) if state.running] == ["home-2"]
    plan_homes(lab, REAL).create(Silence())
    assert log_in(lab, "home-1", "hostname") == "home-1\n"


@pytest.mark.lab
def test_what_can_not_change_says_what_to_do(lab: Lab) -> None:
    moved = plan_homes(lab, {"hosts": {"home-1": HOME | {"address": "192.168.1.99"}}})
    with pytest.raises(HostError, match=r"host home-1: .* take it out of the settings"):
        moved.create(Silence())


@pytest.mark.lab
def test_ssh_of_the_command_line_is_its_owner_s_until_it_has_joined(lab: Lab, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: tailnet-k3s\n")
    workspace = Workspace(lab, "lab", tmp_path)
    workspace.project.mkdir(parents=True)
    host = HOME | {"address": "192.168.1.21", "port": 2222}
    workspace.settings.write_text(yaml.safe_dump({"config": {"tailnet-k3s:hosts": {"home-2": host}}}))
    login = owner_login(workspace, "home-2")
    assert login
    assert (login.user, login.address, login.port) == ("pi", "192.168.1.21", 2222)
    assert login.known_hosts.startswith("[192.168.1.21]:2222 ssh-ed25519 ")
    assert owner_login(workspace, "oracle-1") is None


@pytest.mark.lab
def test_one_that_the_settings_name_no_more_goes_last(lab: Lab) -> None:
    plan_homes(lab, {"hosts": {"home-2": HOME}}).remove_others(Silence())
    assert [state.name for state in list_hosts(lab)] == ["home-2"]
    assert not home_file(lab, "home-1").exists()
