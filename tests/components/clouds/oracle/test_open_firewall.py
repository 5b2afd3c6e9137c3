"""open_firewall.sh against real packet filters, in a network namespace that nobody else is in."""

import subprocess
from pathlib import Path

import pytest

from components.clouds.oracle.host import HERE as HOSTS
from components.rendering import PRELUDE

pytestmark = pytest.mark.lab

RULES_OF_ORACLES_IMAGES = """
iptables -A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
iptables -A INPUT -p tcp --dport 22 -j ACCEPT
iptables -A INPUT -j REJECT --reject-with icmp-host-prohibited
iptables -A FORWARD -j REJECT --reject-with icmp-host-prohibited
iptables -A OUTPUT -d 169.254.0.0/16 -p tcp -j REJECT --reject-with tcp-reset
"""


def test_only_the_rules_that_refuse_pods_go_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    script = tmp_path / "script.sh"
    script.write_text(f"HOST=a STEP=b\n{PRELUDE.read_text()}\n{(HOSTS / 'open_firewall.sh').read_text()}")
    commands = f"set -e{RULES_OF_ORACLES_IMAGES}bash {script}\niptables -S\nbash {script}\n"
    ran = subprocess.run(["unshare", "-n", "bash", "-c", commands], capture_output=True, text=True, check=True)
    kept = [line for line in ran.stdout.splitlines() if line.startswith("-A")]
    assert [line.split()[1] for line in kept] == ["INPUT", "INPUT", "OUTPUT"]
    assert "-d 169.254.0.0/16" in kept[-1]
    assert ran.stderr.splitlines()[-1] == "a b: unchanged"
