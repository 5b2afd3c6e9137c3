"""take_ipv6.sh on a host that, as Oracle's images do, has not taken the IPv6 address that its cloud has assigned."""

import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from components.clouds.oracle.ipv6 import HERE, TAKEN
from components.look.look import claims_program
from components.rendering import MARKS, PRELUDE, assignments
from lab.hosts import Rule, reboot, run_in_host
from lab.lab import VISITOR, Lab
from lab.network import IPV6_GATEWAY
from tests.lab.hosts.real_lab import blocked, connects, lab_of, spec, wait_until_up
from tests.waiting import until

pytestmark = pytest.mark.lab
HOST, ADDRESS = "host-11", "2001:db8:100:1::11"
SECONDS = 240
FILE = "/etc/systemd/network/10-netplan-eth0.network.d/50-tailnet-k3s-ipv6.conf"
FORGET = f"rm -f {FILE}; ip -6 address flush dev eth0 scope global; ip -6 route flush default"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    everybody = Rule("ingress", "tcp", "::/0", (22, 22))
    wanted = spec(11, Rule("egress", "all", "::/0"), everybody)
    host = replace(wanted, system="ubuntu", cloud="oracle", ipv6=ADDRESS, ipv6_subnet="2001:db8:100:1::/64")
    with lab_of("t-ipv6", tmp_path_factory.mktemp("lab"), host) as lab:
        wait_until_up(lab, HOST, SECONDS)
        yield lab


def on_host(lab: Lab, script: str) -> str:
    return run_in_host(lab, HOST, ["bash", "-ec", script], seconds=SECONDS)


def take(lab: Lab, gateway: str = IPV6_GATEWAY) -> list[str]:
    """What the step prints, and then what it says that it did."""
    values = assignments({"HOST": "a", "STEP": "b", "ADDRESS": ADDRESS, "GATEWAY": gateway})
    parts = (PRELUDE.read_text(), MARKS.read_text(), (HERE / "take_ipv6.sh").read_text(), "mark_done")
    script = f"exec 2>/run/said\n{values}" + "\n".join(parts)
    printed = run_in_host(lab, HOST, ["bash", "-s"], stdin=script, seconds=60)
    return [printed.strip(), *on_host(lab, "cat /run/said").splitlines()]


def differs(lab: Lab) -> list[str]:
    """What the next `up` finds, before it changes anything: then the step runs again."""
    found: dict[str, dict[str, list[str]]] = json.loads(
        run_in_host(lab, HOST, ["python3", "-"], stdin=claims_program())
    )
    return found["b"]["differs"]


def test_it_takes_the_address_at_once_and_again_at_each_boot(lab: Lab) -> None:
    # The router looks for the address for 3 s from here on, and tells whoever asks meanwhile that there is no host.
    assert blocked(lab, VISITOR, ADDRESS), "the lab's host takes its address unasked, as Oracle's do not"
    printed, *said = take(lab)
    assert printed == TAKEN
    assert said == [f"a b: wrote {FILE}", f"a b: took {ADDRESS}"]
    until("a connection", lambda: connects(lab, VISITOR, ADDRESS))
    assert take(lab) == [TAKEN, "a b: unchanged"]
    reboot(lab, HOST)
    wait_until_up(lab, HOST, SECONDS)
    until("a connection after the reboot", lambda: connects(lab, VISITOR, ADDRESS))
    assert differs(lab) == []
    assert take(lab) == [TAKEN, "a b: unchanged"]


def test_networkd_that_starts_anew_keeps_it(lab: Lab) -> None:
    take(lab)
    on_host(lab, "systemctl restart systemd-networkd")
    assert take(lab) == [TAKEN, "a b: unchanged"]


def test_an_address_that_the_image_takes_by_itself_is_left_to_it(lab: Lab) -> None:
    on_host(lab, FORGET)
    on_host(lab, f"ip address add {ADDRESS}/64 dev eth0 nodad; ip -6 route add default via {IPV6_GATEWAY} dev eth0")
    assert take(lab) == [TAKEN, "a b: unchanged"]
    assert differs(lab) == []
    assert on_host(lab, f"ls {FILE} 2>/dev/null || echo none") == "none\n"


def test_a_router_that_does_not_answer_is_no_way_out(lab: Lab) -> None:
    on_host(lab, FORGET)
    assert take(lab, "fe80::dead")[0] == "its router fe80::dead does not answer"
    assert differs(lab) == ["it had no IPv6: its router fe80::dead does not answer"]


def test_a_host_without_networkd_is_left_as_it_is_and_the_step_says_why(lab: Lab) -> None:
    on_host(lab, f"{FORGET}; systemctl stop systemd-networkd.socket systemd-networkd.service")
    why = "systemd-networkd does not manage its network card eth0"
    assert take(lab) == [why, f"a b: no IPv6: {why}", "a b: unchanged"]
    assert blocked(lab, VISITOR, ADDRESS)
    on_host(lab, "systemctl start systemd-networkd")
    assert differs(lab) == [f"it had no IPv6: {why}"]
    assert take(lab)[0] == TAKEN
    on_host(lab, "ip -6 route flush default")
    assert differs(lab) == ["it has lost its IPv6 address"]
