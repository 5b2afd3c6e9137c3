"""The script on a host of the lab: as it comes there is nothing to find; then its owner puts a dozen things there."""

import time
from collections.abc import Iterator

import pytest

from components.look.facts import Facts
from components.look.gatherer import gather_script
from components.look.judge import judge
from components.look.wanted import WantedHost
from lab.hosts import run_in_host
from lab.lab import Lab
from tests.lab.hosts.packages import install_for_tests
from tests.lab.hosts.real_lab import lab_of, spec, wait_until_up
from tests.look.files import wanted_of
from tests.waiting import until

pytestmark = pytest.mark.lab
NAME = "host-11"
ROLES = ["server", "database", "ingress"]
UNIT = "[Service]\nExecStart=/bin/true\n"
NFT = "table inet mine { chain in { type filter hook input priority 0; policy drop; ct state established accept; }; }"
TAILSCALE = """#!/bin/sh
case "$*" in
  "debug prefs") echo '{"AdvertiseRoutes": ["0.0.0.0/0", "::/0"], "RunSSH": true}' ;;
  "status --json --peers=false") echo '{"BackendState": "NeedsLogin"}' ;;
esac
"""
OWNERS = f"""
mkdir -p /var/lib/mysql/photos /var/lib/etcd/default/member /etc/haproxy /etc/crio
echo data >/var/lib/mysql/photos/albums.ibd
echo 'listen web' >/etc/haproxy/haproxy.cfg
install -m 0755 /bin/true /usr/local/sbin/haproxy
install -m 0755 /bin/true /usr/local/bin/k3s
printf '{UNIT}' >/etc/systemd/system/k3s.service
install -m 0755 /dev/stdin /usr/local/bin/tailscale <<'END'
{TAILSCALE}END
for port in 80 443 9200; do systemd-run -q --unit=web-$port python3 -m http.server $port; done
for port in 80 443 9200; do until ss -Hltn | grep -q ":$port "; do sleep 0.1; done; done
ip address add 100.100.1.1/24 dev eth0
ip route add 10.42.9.0/24 dev eth0
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -j REJECT
nft '{NFT}'
"""
FINDINGS = (
    "has a MariaDB or MySQL with data in /var/lib/mysql (database photos)",
    "has k3s already (/usr/local/bin/k3s)",
    "has CRI-O already (/etc/crio)",
    "has an etcd with data (/var/lib/etcd/default/member)",
    "has an HAProxy with settings of its own (/etc/haproxy/haproxy.cfg)",
    "has python3 listening on tcp 9200, tcp 80, tcp 443",
    "has the address 100.100.1.1/24 on eth0, which overlaps the tailnet's range",
    "has a route to 10.42.9.0/24 by eth0, which overlaps k3s.cluster_cidr",
    "has rules of iptables that drop packets from pods to their host.",
    "has rules of nftables that drop packets from the tailnet, from pods to their host.",
    "offers itself as an exit node.",
    "has Tailscale SSH on",
    "has a clock that is 365 days ahead.",
)
MARKS = "/var/lib/tailnet-k3s/steps"
WRONG = (
    (
        "mkdir -p /var/lib/rancher; mount -t tmpfs -o ro tmpfs /var/lib/rancher",
        "umount /var/lib/rancher",
        "has a read-only file system at /var/lib/rancher",
    ),
    (
        "mkdir -p /var/lib/rancher; mount -t tmpfs -o size=64m tmpfs /var/lib/rancher",
        "umount /var/lib/rancher",
        "has 64 MB free",
    ),
    ("mv /bin/ss /root/", "mv /root/ss /bin/", "could not be checked: listening ports could not be read"),
    ("mkdir -p /var/lib/rancher/rke2", "rm -r /var/lib/rancher/rke2", "has rke2 already (/var/lib/rancher/rke2)"),
    ("mkdir -p /etc/kubernetes; touch /etc/kubernetes/admin.conf", "rm -r /etc/kubernetes", "has kubeadm already"),
    (
        "mkdir -p /var/lib/tailnet-k3s; echo tailnet-k3s/other >/var/lib/tailnet-k3s/stack",
        "rm -r /var/lib/tailnet-k3s",
        "belongs to the stack tailnet-k3s/other",
    ),
    (
        f"mkdir -p {MARKS}; printf 'RUN done\\nfile\\t/etc/thing\\tx\\n' >{MARKS}/thing;"
        " mkdir -p /etc/mysql/conf.d; printf '[mysqld]\\nport = 1\\n' >/etc/mysql/conf.d/mine.cnf",
        "rm -r /var/lib/tailnet-k3s /etc/mysql",
        "has settings that no step wrote: /etc/mysql/conf.d/mine.cnf",
    ),
)
"""What is done to a host, what undoes it, and how its one finding begins."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_of("t-look", tmp_path_factory.mktemp("lab"), spec(11)) as lab:
        wait_until_up(lab, NAME, 240)
        # The kernel itself changes what `ip address` says, until it knows that nobody else has the addresses.
        until("the host to be sure of its addresses", lambda: not on_host(lab, "ip address show tentative"))
        yield lab


def on_host(lab: Lab, script: str) -> str:
    return run_in_host(lab, NAME, ["bash", "-ec", script])


def look(lab: Lab, late: float = 0) -> Facts:
    """The host's facts. `late`: by how many seconds this computer's clock is behind."""
    before = time.time()
    answer = run_in_host(lab, NAME, ["python3", "-"], stdin=gather_script())
    asked = (before - late, time.time() - late)
    return Facts.model_validate_json(answer).model_copy(update={"asked": asked})


def wanted() -> WantedHost:
    return wanted_of(NAME, {"roles": ROLES})


def state(lab: Lab) -> str:
    """All files but logs, and all that the kernel was told."""
    return on_host(
        lab,
        "find / -xdev -path /var/log -prune -o -path /tmp -prune -o -printf '%p %s %T@ %C@ %m %u\n' | sort"
        "; find /etc /var/lib/mysql -xdev -type f -exec sha256sum {} + 2>/dev/null | sort"
        "; nft list ruleset; ip address; ip route; cut -d ' ' -f 1 /proc/modules | sort",
    )


def test_a_new_host_is_as_it_should_be(lab: Lab) -> None:
    facts = look(lab)
    assert [finding.message for finding in judge({NAME: wanted()}, {NAME: facts})] == []
    assert facts.system
    assert (facts.system.id, facts.system.version) == ("debian", "12")
    assert [one.port for one in facts.sockets or () if one.process == "sshd"] == [22, 22]


def test_the_look_changes_nothing(lab: Lab) -> None:
    before = state(lab)
    look(lab)
    assert state(lab).splitlines() == before.splitlines()


def test_version_1_of_cgroups_needs_the_owners_word(lab: Lab) -> None:
    """Hosts of a lab have it on a machine that has it, and say so to kubelet."""
    facts = look(lab)
    assert facts.cgroup
    if facts.cgroup.version == 2:
        pytest.skip("this machine has version 2")
    silent = facts.model_copy(update={"kubelet_options": ()})
    folder = "/etc/rancher/k3s/config.yaml.d"
    on_host(lab, f"mv {folder} /root/")
    assert look(lab).kubelet_options == silent.kubelet_options
    on_host(lab, f"mv /root/config.yaml.d {folder}")
    messages = [finding.message for finding in judge({NAME: wanted()}, {NAME: silent})]
    assert [message.partition(",")[0] for message in messages] == ["has cgroup v1"]


def test_one_thing_after_the_other_is_wrong(lab: Lab) -> None:
    for does, undoes, said in WRONG:
        on_host(lab, does)
        try:
            messages = [finding.message for finding in judge({NAME: wanted()}, {NAME: look(lab)})]
        finally:
            on_host(lab, undoes)
        assert [message[: len(said)] for message in messages] == [said], messages
    assert judge({NAME: wanted()}, {NAME: look(lab)}) == []


def test_what_the_owner_has_put_there_is_found_and_stays(lab: Lab) -> None:
    on_host(lab, OWNERS)
    before = state(lab)
    facts = look(lab, late=365 * 86400)
    messages = [finding.message for finding in judge({NAME: wanted()}, {NAME: facts})]
    assert [message[: len(said)] for message, said in zip(messages, FINDINGS, strict=True)] == list(FINDINGS)
    assert state(lab).splitlines() == before.splitlines()


def test_marks_excuse_what_their_steps_set_up_and_nothing_else(lab: Lab) -> None:
    """k3s and HAProxy count as the program's. A database, an etcd and listeners of other units stay others'."""
    steps = ("datastore-packages", "k3s-binary", "k3s-registration")
    on_host(lab, f"mkdir -p {MARKS}; for step in {' '.join(steps)}; do echo RUN done >{MARKS}/$step-{NAME}; done")
    facts = look(lab)
    assert facts.marks == {f"{step}-{NAME}": "done" for step in steps}
    messages = [finding.message for finding in judge({NAME: wanted()}, {NAME: facts})]
    expected = [FINDINGS[0], *FINDINGS[2:4], *FINDINGS[5:12]]
    assert [message[: len(said)] for message, said in zip(messages, expected, strict=True)] == expected


def test_a_firewalld_that_runs_is_opened_by_the_commands_of_its_finding(lab: Lab) -> None:
    def said() -> list[str]:
        found = [finding.message for finding in judge({NAME: wanted()}, {NAME: look(lab)})]
        return [message for message in found if message.startswith("has rules of firewalld")]

    install_for_tests(lab, NAME, "firewalld")
    on_host(lab, "systemctl start firewalld")
    (message,) = said()
    commands = [line.strip() for line in message.splitlines()[1:]]
    assert [command.split()[:2] for command in commands] == [["sudo", "firewall-cmd"]] * 3
    on_host(lab, "\n".join(command.removeprefix("sudo ") for command in commands))
    assert said() == []
