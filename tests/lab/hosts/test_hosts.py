"""Two real hosts: cloud-init, SSH, security lists, power, and nothing left of them at the end."""

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lab.hosts import (
    HostError,
    Rule,
    create_host,
    cut_power,
    delete_host,
    list_hosts,
    reboot,
    run_in_host,
    set_firewall,
    start_host,
    stop_host,
)
from lab.lab import OPERATOR, SERVICES, VISITOR, Lab
from lab.network import namespace_command
from tests.lab.hosts.real_lab import (
    EVERYTHING_OUT,
    SSH_FROM_OPERATOR,
    USER,
    blocked,
    connects,
    lab_of,
    remains,
    spec,
    ssh,
)

pytestmark = pytest.mark.lab

ONE, TWO = "198.51.100.11", "198.51.100.12"
INNER_ONE, INNER_TWO = "10.0.0.11", "10.0.0.12"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    inner = spec(12, Rule("ingress", "tcp", "10.0.0.0/16", (22, 22)))
    with lab_of("t-hosts", tmp_path_factory.mktemp("lab"), spec(11, SSH_FROM_OPERATOR), inner) as lab:
        ssh(lab, ONE, "cloud-init status --wait")
        yield lab


def power(lab: Lab) -> dict[str, bool]:
    return {host.name: host.running for host in list_hosts(lab)}


def test_user_data_made_the_host_what_it_is(lab: Lab) -> None:
    told = ssh(lab, ONE, "whoami; hostname; cloud-init status; sudo stat -c %a /etc/written; sudo cat /etc/written")
    assert told.splitlines() == [USER, "host-11", "status: done", "600", "by cloud-init"]


def test_systemd_is_content(lab: Lab) -> None:
    assert run_in_host(lab, "host-11", ["systemctl", "is-system-running", "--wait"]).strip() == "running"


def test_nobody_comes_in_as_root(lab: Lab) -> None:
    assert run_in_host(lab, "host-11", ["getent", "shadow", "root"]).split(":")[1].startswith("!")
    assert "permitrootlogin no" in run_in_host(lab, "host-11", ["sshd", "-T"])


def test_limits_hold(lab: Lab) -> None:
    limit = "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max 2> /dev/null"
    assert run_in_host(lab, "host-11", ["sh", "-c", limit], check=False).strip() == str(1024**3)


def test_the_machines_own_settings_are_out_of_reach(lab: Lab) -> None:
    for file in ("/proc/sys/kernel/hostname", "/proc/sys/vm/swappiness", "/sys/module/printk/parameters/time"):
        with pytest.raises(HostError, match="Read-only file system"):
            run_in_host(lab, "host-11", ["sh", "-c", f"cat {file} > /tmp/was; cat /tmp/was > {file}"])
    run_in_host(lab, "host-11", ["sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"])


def test_only_the_operator_is_let_in(lab: Lab) -> None:
    assert connects(lab, OPERATOR, ONE)
    assert blocked(lab, VISITOR, ONE)
    assert blocked(lab, SERVICES, ONE)


def test_private_addresses_are_not_routed_from_outside(lab: Lab) -> None:
    assert blocked(lab, OPERATOR, INNER_ONE)


def test_a_rule_for_the_network_lets_neighbours_in_by_private_address_only(lab: Lab) -> None:
    assert connects(lab, "host-11", INNER_TWO)
    assert blocked(lab, "host-11", TWO)
    assert blocked(lab, OPERATOR, TWO)
    assert blocked(lab, "host-12", INNER_ONE)


def test_neighbours_see_each_others_public_address_when_they_use_it(lab: Lab) -> None:
    set_firewall(lab, "host-12", [EVERYTHING_OUT, Rule("ingress", "tcp", f"{ONE}/32", (22, 22))])
    assert connects(lab, "host-11", TWO)
    assert blocked(lab, "host-11", INNER_TWO)
    set_firewall(lab, "host-12", spec(12, Rule("ingress", "tcp", "10.0.0.0/16", (22, 22))).firewall)


def test_what_a_host_may_send_is_limited_too(lab: Lab) -> None:
    set_firewall(lab, "host-11", [SSH_FROM_OPERATOR, Rule("egress", "tcp", "203.0.113.0/24")])
    assert blocked(lab, "host-11", INNER_TWO)
    assert connects(lab, OPERATOR, ONE)
    set_firewall(lab, "host-11", spec(11, SSH_FROM_OPERATOR).firewall)
    assert connects(lab, "host-11", INNER_TWO)


PUNCH = """
import socket, sys
sender = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sender.bind(("", 41641))
sender.settimeout(0.2)
for _ in range(25):
    sender.sendto(b"hello", (sys.argv[1], 41641))
    try:
        print(sender.recvfrom(9)[1][0])
    except TimeoutError:
        continue
    sender.sendto(b"hello", (sys.argv[1], 41641))
    break
"""


def test_two_closed_hosts_that_speak_at_once_hear_each_other(lab: Lab) -> None:
    commands = [
        namespace_command(lab, name, ["python3", "-c", PUNCH, peer])
        for name, peer in (("host-11", TWO), ("host-12", ONE))
    ]
    speakers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    assert [speaker.communicate()[0].strip() for speaker in speakers] == [TWO, ONE]


def test_a_power_cut_keeps_the_disk_and_nothing_else(lab: Lab) -> None:
    run_in_host(lab, "host-11", ["sh", "-c", "touch /etc/kept /run/lost; iptables -A INPUT -p tcp --dport 9 -j DROP"])
    before = run_in_host(lab, "host-11", ["cat", "/proc/sys/kernel/random/boot_id"])
    cut_power(lab, "host-11")
    assert power(lab) == {"host-11": False, "host-12": True}
    start_host(lab, "host-11")
    assert power(lab) == {"host-11": True, "host-12": True}
    ssh(lab, ONE, "true")
    assert run_in_host(lab, "host-11", ["sh", "-c", "ls /etc/kept /run/lost"], check=False).split() == ["/etc/kept"]
    assert "dport 9" not in run_in_host(lab, "host-11", ["iptables", "-S"])
    assert run_in_host(lab, "host-11", ["cat", "/proc/sys/kernel/random/boot_id"]) != before


def test_first_boot_commands_run_once_in_a_hosts_life(lab: Lab) -> None:
    reboot(lab, "host-11")
    ssh(lab, ONE, "cloud-init status --wait")
    assert run_in_host(lab, "host-11", ["cat", "/etc/commands-ran"]) == "run\n"


def test_a_host_can_be_shut_down_in_order_and_started_again(lab: Lab) -> None:
    stop_host(lab, "host-12")
    assert power(lab) == {"host-11": True, "host-12": False}
    with pytest.raises(HostError, match="host host-12: is off"):
        run_in_host(lab, "host-12", ["true"])
    create_host(lab, spec(12, SSH_FROM_OPERATOR))
    ssh(lab, TWO, "true")


def test_a_host_reboots_itself(lab: Lab) -> None:
    (before,) = [host.pid for host in list_hosts(lab) if host.name == "host-12"]
    run_in_host(lab, "host-12", ["systemctl", "reboot"], check=False)
    ssh(lab, TWO, f"test -e /proc/{before}")
    for _ in range(100):
        (after,) = [host.pid for host in list_hosts(lab) if host.name == "host-12"]
        if after not in (None, before):
            return
    raise AssertionError("host-12 did not come back")


def test_refuses_what_contradicts_a_host_that_is_there(lab: Lab) -> None:
    with pytest.raises(HostError, match="host host-11: is there already with other properties"):
        create_host(lab, replace(spec(11), user_data=b"other"))
    with pytest.raises(HostError, match=r"host host-13: .* is the address of host host-11"):
        create_host(lab, replace(spec(11), name="host-13"))


def test_deleting_one_host_leaves_the_other_alone(lab: Lab) -> None:
    create_host(lab, spec(14))
    delete_host(lab, "host-14")
    delete_host(lab, "host-14")
    assert power(lab) == {"host-11": True, "host-12": True}
    assert not [line for line in remains(lab) if "host-14" in line]


def test_without_a_network_nothing_is_started(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="has no network"):
        create_host(Lab("t-none", tmp_path), spec(11))
