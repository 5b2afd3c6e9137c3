"""A host whose image is Ubuntu: what is told apart from Debian on it, and what an image of Oracle's brings."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from lab.hosts import Rule, reboot, run_in_host
from lab.lab import OPERATOR, Lab
from lab.providers.oci.images import RULES
from tests.lab.hosts.real_lab import SSH_FROM_OPERATOR, connects, lab_of, spec, ssh, wait_until_up

pytestmark = pytest.mark.lab
HOST, ADDRESS = "host-11", "198.51.100.11"
PORT = 2222
IPV6 = "fd00:1::11"
SECONDS = 240
"""A host is up after 5; CI runs several at once."""
TRY_LOCK = 'import fcntl; fcntl.lockf(open("/var/lib/apt/lists/lock", "w"), fcntl.LOCK_EX | fcntl.LOCK_NB)'


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    wanted = spec(11, SSH_FROM_OPERATOR, Rule("ingress", "tcp", "0.0.0.0/0", (PORT, PORT)))
    ipv6: dict[str, Any] = {"ipv6": IPV6, "ipv6_subnet": "fd00:1::/64", "public_ipv6": "2001:db8:180::11"}
    files = (("/etc/iptables/rules.v4", RULES),)
    host = replace(wanted, system="ubuntu", cloud="azure", files=files, **ipv6)
    with lab_of("t-ubuntu", tmp_path_factory.mktemp("lab"), host) as lab:
        yield lab


def on_host(lab: Lab, script: str) -> str:
    return run_in_host(lab, HOST, ["bash", "-ec", script], seconds=SECONDS)


def test_its_first_upgrade_holds_the_locks(lab: Lab) -> None:
    """From early on: others that start with the host meet it."""
    on_host(lab, f"while python3 -c '{TRY_LOCK}' 2>/dev/null; do sleep 0.2; done")
    assert on_host(lab, "systemctl is-active first-upgrade.service").strip() == "active"
    assert wait_until_up(lab, HOST, SECONDS) == "running"


def test_it_says_that_it_is_ubuntu(lab: Lab) -> None:
    assert on_host(lab, '. /etc/os-release; echo "$ID $VERSION_ID $ID_LIKE"') == "ubuntu 24.04 debian\n"


def test_sshd_is_started_by_its_socket(lab: Lab) -> None:
    assert ssh(lab, ADDRESS, "echo in", SECONDS).strip() == "in"
    assert on_host(lab, "systemctl is-enabled ssh.socket ssh.service || true").split() == ["enabled", "disabled"]
    assert "ssh.socket" in on_host(lab, "systemctl show -p TriggeredBy ssh.service")


def test_the_images_rules_refuse_all_but_ssh(lab: Lab) -> None:
    rules = on_host(lab, "iptables -S")
    assert "-A INPUT -j REJECT" in rules
    assert "-A FORWARD -j REJECT" in rules


def test_networkd_has_the_card_and_keeps_the_addresses_and_routes_that_its_cloud_gave_it(lab: Lab) -> None:
    assert "10-netplan-eth0.network" in on_host(lab, "networkctl status eth0")

    def seen() -> list[str]:
        return on_host(lab, "ip -o address show dev eth0 scope global; ip route; ip -6 route show default").splitlines()

    before = seen()
    assert any(IPV6 in line for line in before)
    assert len([line for line in before if line.startswith("default ")]) == 2
    on_host(lab, "systemctl restart systemd-networkd; networkctl reload; sleep 1")
    assert seen() == before
    inotify = "find /proc/$(systemctl show -p MainPID --value systemd-networkd)/fd -lname '*inotify*' | wc -l"
    assert int(on_host(lab, inotify)) <= 1, "all hosts of this computer share 128"


def test_another_port_of_ssh_is_the_sockets_once_systemd_has_read_it(lab: Lab) -> None:
    on_host(lab, f"printf 'Port 22\\nPort {PORT}\\n' >/etc/ssh/sshd_config.d/05-port.conf; iptables -F INPUT")
    on_host(lab, "systemctl restart ssh.service")
    assert not connects(lab, OPERATOR, ADDRESS, PORT, seconds=2)
    on_host(lab, "sed -i '/INPUT.*REJECT/d' /etc/iptables/rules.v4")
    on_host(lab, "while systemctl is-active --quiet first-upgrade.service; do sleep 1; done")
    reboot(lab, HOST)
    assert wait_until_up(lab, HOST, SECONDS) == "running"
    assert connects(lab, OPERATOR, ADDRESS, PORT)
    assert "first-upgrade" not in on_host(lab, "systemctl list-units --state=active --plain --no-legend")
