"""enrol.sh and leave.sh on a Debian system with its own programs, but for tailscale, which notes what it is asked."""

import platform
import subprocess
from pathlib import Path

import pytest

from components.clouds.existing.host import HERE as HOSTS
from components.overlay.tailscale.joining import ADMIT, LEAVE
from tests.components.hosts.image_root import ImageRoot

pytestmark = pytest.mark.lab
FOLDER = "/var/lib/tailnet-k3s"
VALUES = {
    "USER": "operator",
    "AUTHORIZED_KEY": "ssh-ed25519 AAAAoperator",
    "CERTIFICATES": "",
    "ARCHITECTURE": "amd64" if platform.machine() == "x86_64" else "arm64",
    "NODE": "no",
    "STATE_FOLDER": FOLDER,
    "AUTH_KEY_FILE": "/run/key",
    "AUTH_KEY": "tskey-auth-1",
    "HOSTNAME": "lab-home-7-x7k2",
    "CONTROL_SERVER": "https://203.0.113.2",
    "OVERLAY_UNIT": "tailscaled.service",
}
TAILSCALE = """#!/bin/sh
case "$*" in
  "debug prefs") printf '{\\n\\t"ControlURL": "%s",\\n\\t"Hostname": "%s"\\n}\\n' "$(cat /server)" "$(cat /name)" ;;
  "status --json"*) printf '{"Self": {"DNSName": "%s.", "Tags": ["%s"]}}\\n' "$(cat /name).tailnet" "$(cat /tag)" ;;
  set\\ --hostname=*) printf %s "${1#--hostname=}${2#--hostname=}" | sed 's/^set//' >/name ;;
  logout) echo logged out >>/asked ;;
esac
"""


@pytest.fixture
def machine(tmp_path: Path) -> ImageRoot:
    return ImageRoot.make(tmp_path / "machine")


def joined(*scripts: Path) -> str:
    """Scripts that run as one."""
    return "\n".join(script.read_text() for script in scripts)


def enrol(machine: ImageRoot, **values: str) -> subprocess.CompletedProcess[str]:
    """The step's own part, before the join."""
    return machine.run(joined(HOSTS / "certificates.sh", HOSTS / "enrol.sh", *ADMIT), VALUES | values)


def leave(machine: ImageRoot) -> subprocess.CompletedProcess[str]:
    """What is run when the host is taken out of the settings."""
    return machine.run(joined(*LEAVE, HOSTS / "certificates.sh", HOSTS / "leave.sh"), VALUES | {"UNDOES": "thing"})


def last_line(ran: subprocess.CompletedProcess[str]) -> str:
    """What the step ended with."""
    return ran.stderr.splitlines()[-1]


def in_a_tailnet(machine: ImageRoot, server: str = "https://203.0.113.2", tag: str = "tag:cluster") -> None:
    """Gives it a tailscale that is up."""
    machine.write("/usr/local/bin/tailscale", TAILSCALE, 0o755)
    for name, text in {"server": server, "tag": tag, "name": "attic"}.items():
        machine.write(name, text)


def test_it_gets_a_user_with_the_programs_key_who_may_do_all(machine: ImageRoot) -> None:
    ran = enrol(machine)
    assert ran.returncode == 0, ran.stderr
    assert machine.path("/home/operator/.ssh/authorized_keys").read_text() == "ssh-ed25519 AAAAoperator\n"
    assert machine.path("/home/operator/.ssh").stat().st_mode & 0o777 == 0o700
    assert machine.path("/etc/sudoers.d/tailnet-k3s").stat().st_mode & 0o777 == 0o440
    assert machine.path("/run/key").read_text() == "tskey-auth-1"
    assert machine.path("/run/key").stat().st_mode & 0o777 == 0o600
    checked = machine.run("visudo -cq && su operator -c 'sudo -n true'")
    assert checked.returncode == 0, checked.stderr
    assert last_line(enrol(machine)) == "home-7 thing: unchanged"


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"ARCHITECTURE": "riscv64"}, "not riscv64: set hosts.home-7.architecture, or install a 64-bit system"),
        ({"USER": "daemon"}, "it has a user daemon already, which this program needs for itself: rename that user"),
    ],
)
def test_a_machine_that_does_not_fit_is_told_why(machine: ImageRoot, values: dict[str, str], said: str) -> None:
    ran = enrol(machine, **values)
    assert ran.returncode != 0
    assert last_line(ran).endswith(said)


def test_another_distribution_is_refused(machine: ImageRoot) -> None:
    machine.write("/etc/os-release", "ID=fedora\n")
    assert "this is fedora" in last_line(enrol(machine))


def test_a_machine_without_systemd_is_refused(machine: ImageRoot) -> None:
    machine.path("/run/systemd/system").rmdir()
    assert "systemd doesn't run here" in last_line(enrol(machine))


@pytest.mark.parametrize(("kind", "refused"), [("yes", True), ("no", False)])
def test_a_kernel_that_counts_no_memory_is_refused_for_a_node(machine: ImageRoot, kind: str, refused: bool) -> None:
    machine.write("/etc/os-release", "ID=raspbian\nID_LIKE=debian\n")
    machine.write("/boot/firmware/cmdline.txt", "console=tty1\n")
    (machine.folder / "cgroups").write_text("#subsys_name\thierarchy\tnum_cgroups\tenabled\nmemory\t0\t1\t0\n")
    ran = enrol(machine, NODE=kind)
    assert (ran.returncode != 0) is refused, ran.stderr
    hint = "append cgroup_enable=memory cgroup_memory=1 to the one line of /boot/firmware/cmdline.txt, then reboot"
    assert last_line(ran).endswith(hint) is refused


def test_a_user_of_its_owner_is_neither_taken_nor_removed(machine: ImageRoot) -> None:
    assert machine.run("useradd -m -g users operator").returncode == 0
    assert "it has a user operator already" in last_line(enrol(machine))
    assert leave(machine).returncode == 0
    assert machine.run("getent passwd operator").returncode == 0


def authority() -> str:
    """A certificate."""
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=lab", "-keyout", "/dev/null"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_authorities_are_trusted_by_the_run_after_an_interrupted_one(machine: ImageRoot) -> None:
    certificate, bundle = authority(), machine.path("/etc/ssl/certs/ca-certificates.crt")
    machine.write("/usr/local/bin/update-ca-certificates", "#!/bin/sh\nexit 1\n", 0o755)
    assert enrol(machine, CERTIFICATES=certificate).returncode != 0
    assert machine.run("rm /usr/local/bin/update-ca-certificates").returncode == 0
    assert enrol(machine, CERTIFICATES=certificate).returncode == 0
    assert certificate.strip() in bundle.read_text()
    before = bundle.stat().st_mtime_ns
    assert last_line(enrol(machine, CERTIFICATES=certificate)) == "home-7 thing: unchanged"
    assert bundle.stat().st_mtime_ns == before


def test_authorities_are_trusted_until_it_leaves(machine: ImageRoot) -> None:
    certificate = authority()
    ran = enrol(machine, CERTIFICATES=certificate)
    assert ran.returncode == 0, ran.stderr
    bundle = machine.path("/etc/ssl/certs/ca-certificates.crt")
    assert certificate.strip() in bundle.read_text()
    assert leave(machine).returncode == 0
    assert certificate.strip() not in bundle.read_text()


def test_one_that_is_in_the_tailnet_stays_the_device_that_it_is(machine: ImageRoot) -> None:
    in_a_tailnet(machine)
    ran = enrol(machine)
    assert ran.returncode == 0, ran.stderr
    assert machine.path("/name").read_text() == "lab-home-7-x7k2"
    assert not machine.path("/run/key").exists()
    assert last_line(enrol(machine)) == "home-7 thing: unchanged"
    left = leave(machine)
    assert left.returncode == 0, left.stderr
    assert machine.path("/name").read_text() == "attic"
    assert not machine.path("/asked").exists(), "it was logged out"


def test_one_in_another_tailnet_is_told_to_leave_it(machine: ImageRoot) -> None:
    in_a_tailnet(machine, server="https://controlplane.tailscale.com")
    assert "it is in a tailnet of https://controlplane.tailscale.com already" in last_line(enrol(machine))
    assert enrol(machine, CONTROL_SERVER="").returncode == 0


def test_one_without_the_tag_is_told_to_get_it(machine: ImageRoot) -> None:
    in_a_tailnet(machine, tag="tag:other")
    assert "give it tag:cluster there" in last_line(enrol(machine))


def test_leaving_undoes_what_was_done_and_keeps_data(machine: ImageRoot) -> None:
    assert enrol(machine).returncode == 0
    in_a_tailnet(machine)
    machine.write(f"{FOLDER}/tailscale_1.0_amd64.tgz", "")
    machine.write(f"{FOLDER}/storage/precious", "")
    machine.write("/usr/sbin/tailscaled", "")
    machine.write("/usr/local/bin/systemctl", "#!/bin/sh\n", 0o755)
    ran = leave(machine)
    assert ran.returncode == 0, ran.stderr
    assert machine.path("/asked").read_text() == "logged out\n"
    assert sorted(path.name for path in machine.path(FOLDER).iterdir() if not path.is_char_device()) == ["storage"]
    assert machine.path(f"{FOLDER}/storage/precious").exists()
    assert machine.run("getent passwd operator || test -e /usr/sbin/tailscaled").returncode != 0
    assert last_line(leave(machine)) == "home-7 thing: unchanged"
