"""The verbs: they change only what differs, say what they changed, and fail with one line that is enough to act on."""

import re
from hashlib import sha256
from pathlib import Path

from components.remote import MINUTES
from components.rendering import PRELUDE
from tests.components.prelude import run_script

WRITE = """before=$changes
write_file "$FOLDER/etc/a" 0640 root <<<"$TEXT"
[ "$changes" = "$before" ] || say restarting"""


def last_line(text: str) -> str:
    return text.rstrip().splitlines()[-1]


def test_a_file_is_written_once(tmp_path: Path) -> None:
    first = run_script(tmp_path, WRITE, {"TEXT": "one"})
    second = run_script(tmp_path, WRITE, {"TEXT": "one"})
    assert "restarting" in first.stderr
    assert second.stderr == "oracle-1 thing: unchanged\n"
    assert (tmp_path / "etc/a").read_text() == "one\n"
    assert (tmp_path / "etc/a").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in (tmp_path / "etc").iterdir()] == ["a"]


def test_a_file_with_another_text_or_mode_is_written_again(tmp_path: Path) -> None:
    run_script(tmp_path, WRITE, {"TEXT": "one"})
    assert "restarting" in run_script(tmp_path, WRITE, {"TEXT": "two"}).stderr
    (tmp_path / "etc/a").chmod(0o644)
    assert "restarting" in run_script(tmp_path, WRITE, {"TEXT": "two"}).stderr


def test_a_file_that_can_not_be_written_ends_the_step(tmp_path: Path) -> None:
    (tmp_path / "etc").write_text("a file, not a folder")
    result = run_script(tmp_path, WRITE + "\nsay never", {"TEXT": "one"})
    assert result.returncode != 0
    assert last_line(result.stderr) == f"oracle-1 thing: can't make the folder of {tmp_path}/etc/a"
    assert "never" not in result.stderr


def test_a_wait_says_what_it_waited_for_and_what_it_saw(tmp_path: Path) -> None:
    result = run_script(tmp_path, 'look() { echo joining; return 1; }\nwait_until 1 "the member to be Synced" look')
    assert last_line(result.stderr) == "oracle-1 thing: waited 1 s for: the member to be Synced; saw: joining"


def test_a_wait_ends_when_it_is_so(tmp_path: Path) -> None:
    script = 'look() { [ -e "$FOLDER/there" ] || { touch "$FOLDER/there"; return 1; }; }\nwait_until 5 "a file" look'
    assert run_script(tmp_path, script).returncode == 0


def test_a_failure_within_a_substitution_ends_the_step(tmp_path: Path) -> None:
    result = run_script(tmp_path, "look() { false; echo seen; }\nx=$(look)\nsay never")
    assert result.returncode != 0
    assert "never" not in result.stderr


def test_a_failure_in_a_subshell_ends_the_step_with_its_own_cause(tmp_path: Path) -> None:
    result = run_script(tmp_path, 'x=$(fail "the disk is full")\nsay "never $x"')
    assert result.returncode != 0
    assert result.stderr == "oracle-1 thing: the disk is full\n"


def test_an_unexpected_failure_names_the_command_but_no_value(tmp_path: Path) -> None:
    result = run_script(tmp_path, 'PASSWORD=hunter2\ngrep -q "$PASSWORD" /dev/null')
    assert last_line(result.stderr) == 'oracle-1 thing: failed: grep -q "$PASSWORD" /dev/null (exit code 1)'
    assert "hunter2" not in result.stderr


def test_a_failed_command_shows_its_last_lines(tmp_path: Path) -> None:
    result = run_script(tmp_path, "noise() { seq 100; echo no space left; return 1; }\nquietly 'making room' noise")
    assert last_line(result.stderr) == "oracle-1 thing: making room failed: no space left"
    assert len(result.stderr.splitlines()) <= 16


def download(tmp_path: Path, sha: str) -> str:
    source = tmp_path / "source"
    source.write_text("a program")
    script = f'download "file://{source}" {sha} "$FOLDER/program" 0755\n[ "$changes" = 0 ] || say restarting'
    return run_script(tmp_path, script).stderr


def test_a_download_with_the_right_checksum_is_kept(tmp_path: Path) -> None:
    sha = sha256(b"a program").hexdigest()
    assert "restarting" in download(tmp_path, sha)
    assert download(tmp_path, sha) == "oracle-1 thing: unchanged\n"
    assert (tmp_path / "program").stat().st_mode & 0o777 == 0o755


def test_a_download_with_another_checksum_is_not_installed(tmp_path: Path) -> None:
    found = sha256(b"a program").hexdigest()
    assert last_line(download(tmp_path, "0" * 64)) == (
        f"oracle-1 thing: file://{tmp_path}/source has the checksum {found}, not {'0' * 64}: nothing was installed"
    )
    assert not list(tmp_path.glob("program*"))


def test_a_download_that_fails_says_why(tmp_path: Path) -> None:
    script = f'download file://{tmp_path}/missing {"0" * 64} "$FOLDER/program" 0755'
    curl = {"curl": 'echo "curl: (22) The requested URL returned error: 404" >&2; exit 22'}
    assert last_line(run_script(tmp_path, script, programs=curl).stderr) == (
        f"oracle-1 thing: can't download file://{tmp_path}/missing: curl: (22) The requested URL returned error: 404"
    )


def test_a_checksum_is_found_in_the_publishers_list(tmp_path: Path) -> None:
    (tmp_path / "list").write_text(f"{'1' * 64}  k3s-arm64\n{'2' * 64}  k3s\n")
    script = f'checksum_in file://{tmp_path}/list "$NAME"\necho "$checksum"'
    assert run_script(tmp_path, script, {"NAME": "k3s"}).stdout == "2" * 64 + "\n"
    assert last_line(run_script(tmp_path, script, {"NAME": "k4s"}).stderr) == (
        f"oracle-1 thing: file://{tmp_path}/list has no checksum for k4s"
    )


# Remembers in files what systemd would: whether the unit runs, and since when.
SYSTEMCTL = """
cd "$FOLDER"
echo "$*" >>calls
case "$1" in
  is-enabled) [ -e enabled ] ;;
  enable) touch enabled ;;
  is-active) if [ -e started ]; then echo active; else echo inactive; exit 3; fi ;;
  start | restart) date +%s%6N >started; date +%N >run ;;
  show) case $* in *InvocationID*) cat run ;; *NeedDaemonReload*) cat stale ;; esac ;;
  daemon-reload) echo no >stale ;;
esac
"""
BUSCTL = """
case "$*" in
  *" GetUnit s thing.service") echo 'o "/org/freedesktop/systemd1/unit/thing_2eservice"' ;;
  "get-property org.freedesktop.systemd1 /org/freedesktop/systemd1/unit/thing_2eservice "*" ExecMainStartTimestamp")
    echo "t $(cat "$FOLDER/started")" ;;
  *) exit 1 ;;
esac
"""
SERVICES = {"systemctl": SYSTEMCTL, "busctl": BUSCTL}
RUN = 'run_service thing "$FOLDER/settings"'


def test_a_service_runs_with_the_newest_of_its_files(tmp_path: Path) -> None:
    settings = tmp_path / "settings"
    settings.write_text("one")
    (tmp_path / "stale").write_text("yes")
    programs = SERVICES
    assert "started thing.service" in run_script(tmp_path, RUN, programs=programs).stderr
    assert run_script(tmp_path, RUN, programs=programs).stderr == "oracle-1 thing: unchanged\n"
    settings.write_text("two")  # as a step does that is interrupted before it restarts the service
    assert "restarted thing.service" in run_script(tmp_path, RUN, programs=programs).stderr
    assert run_script(tmp_path, RUN, programs=programs).stderr == "oracle-1 thing: unchanged\n"


def test_systemd_reads_unit_files_that_an_interrupted_step_has_written(tmp_path: Path) -> None:
    (tmp_path / "stale").write_text("yes")
    run_script(tmp_path, RUN, programs=SERVICES)
    assert "daemon-reload" in (tmp_path / "calls").read_text().splitlines()
    (tmp_path / "calls").write_text("")
    run_script(tmp_path, RUN, programs=SERVICES)
    assert "daemon-reload" not in (tmp_path / "calls").read_text()


def test_a_service_whose_start_can_not_be_told_ends_the_step(tmp_path: Path) -> None:
    (tmp_path / "settings").touch()
    (tmp_path / "stale").write_text("no")
    (tmp_path / "started").write_text("1")
    result = run_script(tmp_path, f"{RUN}\nsay never", programs={**SERVICES, "busctl": "echo no bus >&2; exit 1"})
    assert result.returncode != 0
    assert "never" not in result.stderr


def test_a_restart_that_can_not_be_told_is_waited_for(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("first")
    systemctl = """[ -e "$FOLDER/asked" ] || { touch "$FOLDER/asked"; exit 1; }
    cat "$FOLDER/run"; echo second >"$FOLDER/run\""""
    script = 'wait_until 9 "a restart" was_restarted thing.service first\nsay "$(<"$FOLDER/run")"'
    result = run_script(tmp_path, script, programs={"systemctl": systemctl, "sleep": ""})
    assert result.stderr == "oracle-1 thing: second\noracle-1 thing: unchanged\n"


def test_packages_that_are_there_are_not_installed_again(tmp_path: Path) -> None:
    programs = {"dpkg-query": 'echo "installed"', "apt-get": "exit 1", "flock": "exit 1"}
    result = run_script(tmp_path, "install_packages haproxy socat", programs=programs)
    assert result.stderr == "oracle-1 thing: unchanged\n"


def test_packages_are_installed_under_a_lock_and_only_those_missing(tmp_path: Path) -> None:
    programs = {
        "dpkg-query": '[ "${@: -1}" = socat ] && echo installed',
        "flock": 'echo "$1 ${@: -1}" >>"$FOLDER/locked"',
    }
    result = run_script(tmp_path, "install_packages haproxy socat", programs=programs)
    assert result.stderr == "oracle-1 thing: installed haproxy\n"
    assert (tmp_path / "locked").read_text() == "/run/lock/tailnet-k3s-packages haproxy\n"


LOCKED = """E: Could not get lock $LOCK. It is held by process 7 (unattended-upgr)
N: Be aware that removing the lock file is not a solution and may break your system.
E: Unable to lock directory ${LOCK%/lock}"""
INSTALLING = {
    "dpkg-query": "",
    "dpkg": "",
    "flock": 'shift; exec "$@"',
    "find": "",
    "sleep": "",
    "systemctl": 'echo "$@" >>"$FOLDER/calls"',
    "apt-get": f"""echo "${{@: -1}}" >>"$FOLDER/calls"
LOCK=$(sed -n "$(grep -c -v runtime "$FOLDER/calls")p" "$FOLDER/locks")
[ -z "$LOCK" ] || {{ echo "{LOCKED}"; exit 100; }}""",
}


def test_another_package_manager_is_waited_for_whichever_lock_it_holds(tmp_path: Path) -> None:
    locks = ("/var/lib/apt/lists/lock", "", "/var/lib/dpkg/lock-frontend", "/var/cache/apt/archives/lock")
    (tmp_path / "locks").write_text("\n".join(locks))
    result = run_script(tmp_path, "install_packages haproxy", programs=INSTALLING)
    assert result.stderr == "oracle-1 thing: installed haproxy\n"
    assert (tmp_path / "calls").read_text().split() == ["update", "update", "haproxy", "haproxy", "haproxy"]


def test_a_package_manager_that_never_ends_is_named(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("/var/lib/apt/lists/lock\n" * 9)
    result = run_script(tmp_path, "PACKAGES_SECONDS=0\ninstall_packages haproxy", programs=INSTALLING)
    assert result.returncode != 0
    assert last_line(result.stderr) == (
        "oracle-1 thing: installing haproxy failed: another package manager is still at work after 0 s (Could not get"
        " lock /var/lib/apt/lists/lock. It is held by process 7 (unattended-upgr)): check what it does, then try again"
    )


def test_a_package_manager_is_named_before_the_step_itself_ends() -> None:
    (seconds,) = re.findall(r"^PACKAGES_SECONDS=(\d+)", PRELUDE.read_text(), re.MULTILINE)
    assert int(seconds) <= (MINUTES - 5) * 60


def test_only_the_one_service_is_kept_from_starting_and_only_meanwhile(tmp_path: Path) -> None:
    (tmp_path / "locks").write_text("")
    result = run_script(tmp_path, "install_unstarted haproxy.service haproxy", programs=INSTALLING)
    assert result.stderr == "oracle-1 thing: installed haproxy\n"
    assert (tmp_path / "calls").read_text().splitlines() == [
        *("-q mask --runtime haproxy.service", "update", "haproxy", "-q unmask --runtime haproxy.service"),
    ]


def test_a_wait_that_is_in_vain_ends_at_once(tmp_path: Path) -> None:
    result = run_script(
        tmp_path, 'look() { fail "k3s ends again and again"; }\nwait_until 15 "k3s to run" look\nsay never'
    )
    assert result.stderr == "oracle-1 thing: k3s ends again and again\n"
    assert result.returncode != 0


def test_a_service_that_ends_again_and_again_is_not_waited_for(tmp_path: Path) -> None:
    programs = {
        "systemctl": "case $1 in show) echo 8 ;; is-active) [ $2 = -q ] || echo activating; exit 3 ;; esac",
        "journalctl": 'echo "no-such-option is not an option"',
    }
    result = run_script(tmp_path, 'wait_until 15 "k3s to run" is_running k3s.service', programs=programs)
    assert result.stderr == "oracle-1 thing: k3s.service keeps ending: no-such-option is not an option\n"


def test_a_folder_in_the_place_of_a_file_is_not_filled_with_new_files(tmp_path: Path) -> None:
    (tmp_path / "thing.conf").mkdir()
    ran = run_script(tmp_path, 'write_file "$FOLDER/thing.conf" 0644 root <<<text')
    assert ran.returncode != 0
    assert ran.stderr.splitlines()[-1].endswith("thing.conf: it is a folder. Move it away")
    assert list((tmp_path / "thing.conf").iterdir()) == []
    assert [path.name for path in tmp_path.iterdir() if "thing" in path.name] == ["thing.conf"]


def test_a_masked_service_is_unmasked_before_it_is_enabled(tmp_path: Path) -> None:
    systemctl = """case "$1 ${2:-}" in
  "is-enabled -q") exit 1 ;;
  is-enabled*) [ -e "$FOLDER/unmasked" ] || echo masked; exit 1 ;;
  "unmask thing.service") touch "$FOLDER/unmasked" ;;
  enable*) [ -e "$FOLDER/unmasked" ] || { echo "Unit thing.service is masked."; exit 1; } ;;
esac"""
    ran = run_script(tmp_path, "enable_service thing.service", {}, {"systemctl": systemctl})
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr.splitlines()[-1] == "oracle-1 thing: enabled thing.service"
