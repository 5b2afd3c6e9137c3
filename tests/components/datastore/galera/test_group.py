"""Who takes which connections while a group gets its certificates: what a voter decides by what it sees of others."""

import subprocess
from pathlib import Path

import pytest

from components.datastore.galera.configuration import arbitrator_settings, member_settings
from components.datastore.galera.galera import HERE
from tests.components.prelude import run_script

SETTINGS = member_settings("oracle-1", 2, "100.64.0.1")
OTHERS = "100.64.0.2 100.64.0.9"
GARB = arbitrator_settings(2, "100.64.0.9", {"oracle-1": "100.64.0.1", "oracle-2": "100.64.0.2"})
TLS_ONLY = "tls"
PLAIN = "plain"
BOTH = "both"
PACKAGE = "[galera]\n#wsrep_on = ON\n"
HEALTH = '{"state": "running", "primary": %s, "synced": true, "encrypted": %s}'
ENCRYPTED, NOT_ENCRYPTED, OUTSIDE = HEALTH % ("true", "true"), HEALTH % ("true", "false"), HEALTH % ("false", "true")


def settings(kind: str, text: str = SETTINGS) -> str:
    """As a voter of a kind has them."""
    plain = ";".join(option for option in text.split(";") if not option.startswith("socket."))
    both = text.replace("gmcast.", "socket.dynamic=true;gmcast.", 1)
    return {TLS_ONLY: text, PLAIN: plain, BOTH: both, "": PACKAGE}[kind]


def step(folder: Path, script: str, **programs: str) -> subprocess.CompletedProcess[str]:
    """Runs it in a folder of this test."""
    text = "\n".join([(HERE / "group.sh").read_text(), script]).replace("/etc/", f"{folder}/etc/")
    default = {"systemctl": "echo inactive", "journalctl": "", "chown": "", "stat": "echo 0 nobody"}
    return run_script(folder, text, {"OTHERS": OTHERS}, default | programs)


@pytest.mark.parametrize(
    ("before", "state", "health", "becomes"),
    [
        # of a new group
        ("", "", "", ("no", True)),
        (TLS_ONLY, "", "", ("no", True)),
        # new to a group that has TLS, that has none, and that is about to get it
        ("", "", ENCRYPTED, ("no", True)),
        ("", "", NOT_ENCRYPTED, ("yes", False)),
        (TLS_ONLY, "", NOT_ENCRYPTED, ("yes", False)),
        ("", "", OUTSIDE, ("no", True)),
        # of a group without TLS: it never shuts the others out, whether they answer or not
        (PLAIN, "Synced", NOT_ENCRYPTED, ("yes", False)),
        (PLAIN, "", "", ("yes", False)),
        (PLAIN, "", ENCRYPTED, ("yes", True)),
        (BOTH, "Synced", NOT_ENCRYPTED, ("yes", False)),
        (BOTH, "", "", ("yes", False)),
        # done
        (TLS_ONLY, "Synced", NOT_ENCRYPTED, ("no", False)),
    ],
)
def test_what_a_member_takes(tmp_path: Path, before: str, state: str, health: str, becomes: tuple[str, bool]) -> None:
    """`becomes`: whether it takes both kinds of connections, and whether copies are encrypted."""
    text = (HERE / "member.sh").read_text()
    part = text[text.index("settings=/etc") : text.index("write_file /etc/mysql/mariadb.conf.d/61")]
    part = part.replace("write_certificates mysql", "") + 'echo "$takes_both" >&3\n'
    folder = tmp_path / "etc/mysql/mariadb.conf.d"
    folder.mkdir(parents=True)
    (folder / "60-galera.cnf").write_text(settings(before))
    mariadb = f"echo {state}" if state else "exit 1"
    curl = f"""case $* in *100.64.0.2:9200*) echo '{health}' ;; *) exit 7 ;; esac"""
    ran = step(tmp_path, f"exec 3>&1\n{part}", mariadb=mariadb, curl=curl)
    assert ran.returncode == 0, ran.stderr
    assert (ran.stdout.strip(), (folder / "64-galera-transfer.cnf").exists()) == becomes


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (settings(TLS_ONLY), False),
        (settings(PLAIN), True),
        (settings(BOTH), True),
        (PACKAGE, False),
        (settings(TLS_ONLY, GARB), False),
        (settings(PLAIN, GARB), True),
        (settings(BOTH, GARB), True),
        ("# REMOVE THIS AFTER CONFIGURATION\n", False),
        (None, False),
    ],
)
def test_which_settings_let_strangers_in(tmp_path: Path, text: str | None, plain: bool) -> None:
    if text is not None:
        (tmp_path / "file").write_text(text)
    ran = step(tmp_path, f"if takes_plain {tmp_path}/file; then echo plain; else echo tls; fi")
    assert (ran.returncode, ran.stdout) == (0, "plain\n" if plain else "tls\n"), ran.stderr


@pytest.mark.parametrize(
    ("openssl", "said"),
    [
        ("true", "unchanged"),
        ("case $* in *100.64.0.9:4567*) exit 1 ;; esac", "stay without TLS, until 100.64.0.9 takes it"),
        ("exit 1", "stay without TLS, until 100.64.0.2, 100.64.0.9 takes it"),
    ],
)
def test_copies_wait_for_the_last_voter(tmp_path: Path, openssl: str, said: str) -> None:
    (tmp_path / "etc/mysql/mariadb.conf.d").mkdir(parents=True)
    ran = step(tmp_path, (HERE / "transfer.sh").read_text(), openssl=openssl, timeout='shift; "$@"')
    assert ran.returncode == 0, ran.stderr
    is_there = (tmp_path / "etc/mysql/mariadb.conf.d/64-galera-transfer.cnf").exists()
    assert is_there == (openssl == "true")
    assert is_there or said in ran.stderr
