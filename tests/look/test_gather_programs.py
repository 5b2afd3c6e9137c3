"""What the script makes of what programs print: texts as they were printed."""

import json

import pytest

from components.look.gather import network, software
from components.look.gather.firewall import parse_iptables, parse_nftables, parse_zone
from components.look.gather.network import parse_addresses, parse_routes, parse_sockets
from components.overlay.tailscale import gather
from tests.look.files import HERE

CAPTURED = HERE / "captured"
SOCKETS = """\
udp UNCONN 0      0      192.168.1.20%eth0:68         0.0.0.0:*    users:(("systemd-network",pid=389,fd=22))
udp UNCONN 0      0               0.0.0.0:8472       0.0.0.0:*
tcp LISTEN 0      4096      127.0.0.53%lo:53         0.0.0.0:*    users:(("systemd-resolve",pid=421,fd=18))
tcp LISTEN 0      5             127.0.0.1:8080       0.0.0.0:*    users:(("python3",pid=29882,fd=3))
tcp LISTEN 0      511             0.0.0.0:80         0.0.0.0:*    users:(("nginx",pid=9,fd=6),("nginx",pid=8,fd=6))
tcp LISTEN 0      4096                  *:6443             *:*    users:(("k3s-server",pid=1,fd=12))
tcp LISTEN 0      128                [::]:22            [::]:*    users:(("sshd",pid=611,fd=4))
udp UNCONN 0      0      [fe80::1]%eth0:546            [::]:*    users:(("systemd-network",pid=389,fd=20))
"""
EVERYWHERE = "0.0.0.0"  # noqa: S104 # what ss prints


def test_addresses() -> None:
    answer = """[{},{"ifindex":2,"ifname":"eth0","addr_info":[{"family":"inet","local":"192.168.1.20","prefixlen":24,
      "scope":"global","label":"eth0"}]},{"ifindex":3,"ifname":"tun0","addr_info":[]}]"""
    assert parse_addresses(answer) == [{"interface": "eth0", "address": "192.168.1.20", "prefix": 24}]
    assert parse_addresses("") == []


def test_routes() -> None:
    answer = """[{"dst":"default","gateway":"192.168.1.1","dev":"eth0","flags":[]},
      {"type":"blackhole","dst":"10.9.0.0/16","flags":[]},
      {"dst":"10.42.7.9","dev":"eth0","scope":"link","flags":[]},
      {"dst":"10.8.0.0/16","flags":[],"nexthops":[{"gateway":"10.0.0.1","dev":"eth1","weight":1}]}]"""
    assert [(route["interface"], route["range"]) for route in parse_routes(answer)] == [
        ("eth0", "0.0.0.0/0"),
        ("eth0", "10.42.7.9/32"),
        ("eth1", "10.8.0.0/16"),
    ]


def test_sockets(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = {"/proc/9/cgroup": "0::/system.slice/nginx.service\n"}
    monkeypatch.setattr(network, "text", groups.get)
    found = parse_sockets(SOCKETS)
    assert [one["port"] for one in found if one.pop("unit") == "nginx.service"] == [80]
    assert [tuple(one.values()) for one in found] == [
        ("udp", "192.168.1.20", 68, "systemd-network"),
        ("udp", EVERYWHERE, 8472, None),
        ("tcp", "127.0.0.53", 53, "systemd-resolve"),
        ("tcp", "127.0.0.1", 8080, "python3"),
        ("tcp", EVERYWHERE, 80, "nginx"),
        ("tcp", "::", 6443, "k3s-server"),
        ("tcp", "::", 22, "sshd"),
        ("udp", "fe80::1", 546, "systemd-network"),
    ]


@pytest.mark.parametrize(
    ("groups", "unit"),
    [
        ("0::/system.slice/k3s.service\n", "k3s.service"),
        ("0::/system.slice/k3s.service/kubepods/pod1\n", "k3s.service"),
        ("0::/user.slice/user-0.slice/session-3.scope\n", "session-3.scope"),
        ("12:cpu:/a.service\n1:name=systemd:/system.slice/haproxy.service\n0::/\n", "haproxy.service"),
        ("0::/system.slice/docker-1234.scope\n", "docker-1234.scope"),
        ("0::/init.scope\n", "init.scope"),
        ("0::/kubepods/besteffort/pod1\n", None),
        ("", None),
    ],
)
def test_the_unit_of_a_process(groups: str, unit: str | None) -> None:
    assert network.unit_of(groups) == unit


def test_firewalld_trusts_interfaces_and_ranges() -> None:
    zone = """<?xml version="1.0" encoding="utf-8"?>
<zone target="ACCEPT">
  <short>Trusted</short>
  <interface name="tailscale0"/>
  <source address="10.42.0.0/16"/>
</zone>"""
    assert parse_zone(zone) == ["10.42.0.0/16", "tailscale0"]


def test_iptables_without_what_kubernetes_has() -> None:
    text = (CAPTURED / "oracle.txt").read_text()
    lines = parse_iptables(text)
    assert len(lines) == 7
    more = text.replace("COMMIT", "-A KUBE-SERVICES -j REJECT\n-A FLANNEL-FWD -s 10.42.0.0/16 -j ACCEPT\nCOMMIT")
    assert parse_iptables(more + "*nat\n:OUTPUT ACCEPT\nCOMMIT\n") == lines
    assert parse_iptables("") == []


def test_nftables_without_tables_that_filter_nothing() -> None:
    text = (CAPTURED / "nftables.json").read_text()
    found = parse_nftables(text)
    assert found
    assert {value["table"] for entry in found for value in entry.values()} == {"filter"}
    assert {value["family"] for entry in found for value in entry.values()} == {"inet"}
    assert parse_nftables(None) is None


@pytest.mark.parametrize("name", ["INPUT", "FORWARD"])
def test_nftables_without_iptables_own_tables(name: str) -> None:
    chain = {"family": "ip", "table": "filter", "name": name, "hook": "input", "policy": "drop"}
    assert parse_nftables(json.dumps({"nftables": [{"chain": chain}]})) == []
    assert parse_nftables(json.dumps({"nftables": [{"chain": chain}]}), with_iptables=True) == [{"chain": chain}]


def test_the_tailnets_part_leaves_keys_on_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {
        "debug prefs": {
            "ControlURL": "https://x.example",
            "Config": {"PrivateNodeKey": "privkey:1"},
            "RouteAll": False,
        },
        "status --json --peers=false": {"BackendState": "Running", "AuthURL": "https://x.example/a"},
    }
    monkeypatch.setattr(gather, "run", lambda program, *words, **_: json.dumps(answers[" ".join(words)]))
    assert gather.overlay() == {
        "preferences": {"ControlURL": "https://x.example", "RouteAll": False},
        "state": "Running",
    }


def test_a_host_without_the_overlay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gather, "run", lambda *command, **_: None)
    assert gather.overlay() == {"preferences": None, "state": None}


def test_versions_of_k3s(monkeypatch: pytest.MonkeyPatch) -> None:
    """An `up` was interrupted: the file is new, and the process is the old one."""
    answers = {
        "/usr/local/bin/k3s --version": "k3s version v1.36.3+k3s1 (01234567)\ngo version go1.25.0\n",
        "systemctl show --property=MainPID k3s.service k3s-agent.service": "MainPID=0\n\nMainPID=812\n",
        "/proc/812/exe --version": "k3s version v1.35.6+k3s1 (89abcdef)\ngo version go1.24.0\n",
    }
    monkeypatch.setattr(software, "run", lambda *command, **_: answers.get(" ".join(command)))
    assert software.k3s() == {"installed": "v1.36.3+k3s1", "running": "v1.35.6+k3s1"}
    del answers["/proc/812/exe --version"]
    monkeypatch.setattr(software, "_is_same_file", lambda *files: files == ("/usr/local/bin/k3s", "/proc/812/exe"))
    assert software.k3s() == {"installed": "v1.36.3+k3s1", "running": "v1.36.3+k3s1"}, "it is asked once"
    answers.clear()
    assert software.k3s() == {"installed": None, "running": None}
