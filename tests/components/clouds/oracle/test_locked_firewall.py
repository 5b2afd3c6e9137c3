"""open_firewall.sh with iptables that another program holds a lock of: its rules are not taken for removed."""

import subprocess
from pathlib import Path

from components.clouds.oracle.host import HERE
from tests.components.prelude import run_script

# FOLDER/rules has the rules of all chains. It knows no other options than those that the script uses.
IPTABLES = """[ "$1 $2" = "-w 30" ] || { echo "Another app is currently holding the xtables lock." >&2; exit 4; }
shift 2
case $1 in
  -S) grep -e "^-[PA] $2 " "$FOLDER/rules" || { echo "can't initialize iptables table" >&2; exit 3; } ;;
  -D) shift; sed -i "\\\\#^-A $*\\$#d" "$FOLDER/rules" ;;
esac"""
RULES = """-P INPUT ACCEPT
-A INPUT -p tcp -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A INPUT -p udp -j REJECT
-P FORWARD ACCEPT
"""


def open_firewall(folder: Path, rules: str) -> subprocess.CompletedProcess[str]:
    (folder / "rules").write_text(rules)
    script = (HERE / "open_firewall.sh").read_text().replace("/etc/iptables", f"{folder}/saved")
    return run_script(folder, script, programs={"iptables": IPTABLES, "ip6tables": IPTABLES})


def test_the_lock_is_waited_for(tmp_path: Path) -> None:
    ran = open_firewall(tmp_path, RULES)
    assert ran.returncode == 0, ran.stderr
    assert "REJECT" not in (tmp_path / "rules").read_text()
    assert ran.stderr.count("removed") == 2


def test_rules_that_can_not_be_listed_end_the_step(tmp_path: Path) -> None:
    ran = open_firewall(tmp_path, RULES.replace("FORWARD", "OTHER"))
    assert ran.stderr.splitlines()[-1] == (
        "oracle-1 thing: iptables can't list the rules of FORWARD: can't initialize iptables table"
    )
