"""Steps on a real host where something is wrong with it or its connection: none of them may count as done."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from components import rendering
from components.rendering import StepTarget, put, render_secrets, run
from lab.hosts import run_in_host
from lab.lab import OPERATOR, Lab
from lab.network import namespace_command
from tests.lab.hosts.packages import install_for_tests
from tests.lab.hosts.real_lab import HOST_PUBLIC_KEY, SSH_FROM_OPERATOR, USER, USER_KEY, lab_of, spec, ssh

pytestmark = pytest.mark.lab

NAME, ADDRESS = "host-11", "198.51.100.11"
TARGET = StepTarget(NAME, "thing", USER)
ROOT = StepTarget(NAME, "thing", "root")
ROOT_FOLDER = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_of("t-steps", tmp_path_factory.mktemp("lab"), spec(11, SSH_FROM_OPERATOR)) as lab:
        ssh(lab, ADDRESS, "cloud-init status --wait", seconds=300)
        yield lab


@pytest.fixture(autouse=True)
def _verbs(lab: Lab) -> None:
    assert "failed" not in step(lab, put(TARGET, "tailnet-k3s/lab"))


def on_host(lab: Lab, script: str) -> str:
    """As the host's root, not by way of a step."""
    return run_in_host(lab, NAME, ["bash", "-c", script])


def step(
    lab: Lab, command: str, target: StepTarget = TARGET, stdin: str = "", cut: float | None = None
) -> dict[str, Any]:
    """What the command provider makes of a command: its `stdout`, or `failed`, the error's text.

    `cut`: the connection breaks after so many seconds.
    """
    inputs = {
        "connection": {
            "host": ADDRESS,
            "user": target.user,
            "privateKey": USER_KEY,
            "hostKey": HOST_PUBLIC_KEY,
            "dialErrorLimit": 2,
        },
        "create": command,
        "stdin": stdin,
    }
    client = namespace_command(lab, OPERATOR, [sys.executable, "-m", "tests.components.provider_client"])
    asked = json.dumps({"inputs": inputs, "cut": cut})
    result = subprocess.run(
        client, input=asked, capture_output=True, text=True, timeout=120, cwd=ROOT_FOLDER, check=False
    )
    assert result.returncode == 0, result.stderr
    answer: dict[str, Any] = json.loads(result.stdout)
    return answer


def last_line(answer: dict[str, Any]) -> str:
    """What a reader sees last."""
    return str(answer["failed"]).rstrip().splitlines()[-1]


@pytest.mark.parametrize("options", ["size=4k", "ro", "noexec"])
def test_it_needs_nothing_of_tmp(lab: Lab, options: str) -> None:
    on_host(lab, f"mount -t tmpfs -o {options} tmpfs /tmp; head -c 9000 /dev/zero >/tmp/full || true")
    try:
        script = 'write_file /etc/thing 0644 root <<<"$TEXT"\nwc -c </etc/thing'
        text = "x" * 60_000  # longer than a pipe holds: bash may put it into a file first
        assert step(lab, run(TARGET, script, {"TEXT": text}))["stdout"].strip() == "60001"
        assert step(lab, put(TARGET, "tailnet-k3s/lab"))["stdout"] == ""
    finally:
        on_host(lab, "umount /tmp")


def test_verbs_arrive_whole_or_the_step_fails(lab: Lab) -> None:
    on_host(lab, f"mount -t tmpfs -o size=8k tmpfs {rendering.FOLDER}")
    try:
        answer = step(lab, put(TARGET, "tailnet-k3s/lab"))
        assert last_line(answer) == f"{NAME} thing: can not write {rendering.FILE}. Is the disk full or read-only?"
        assert last_line(step(lab, run(TARGET, "echo ran", {}))).startswith(f"{NAME} thing: {rendering.FILE} is not on")
    finally:
        on_host(lab, f"umount {rendering.FOLDER}")


def test_a_disk_that_fills_while_a_step_runs_ends_it(lab: Lab) -> None:
    on_host(lab, "mkdir -p /small && mount -t tmpfs -o size=16k tmpfs /small")
    try:
        script = 'write_file /small/a 0644 root <<<one\nwrite_file /small/b 0644 root <<<"$TEXT"\necho ran'
        answer = step(lab, run(TARGET, script, {"TEXT": "x" * 40_000}))
        assert last_line(answer) == f"{NAME} thing: can't write /small/b: is the disk full?"
    finally:
        on_host(lab, "umount /small")


def test_the_login_shell_does_not_matter(lab: Lab) -> None:
    played = Path(__file__).with_name("strange_shell.py").read_text()
    on_host(
        lab, f"cat >/usr/local/bin/strange <<'END_OF_SHELL'\n{played}END_OF_SHELL\nchmod 755 /usr/local/bin/strange"
    )
    on_host(lab, f"usermod --shell /usr/local/bin/strange {USER}")
    try:
        assert "unexpected" in step(lab, "x=$(date) && echo $x")["failed"]
        steps_and_look_work(lab)
    finally:
        on_host(lab, f"usermod --shell /bin/bash {USER}")


def test_fish_and_tcsh_as_login_shells(lab: Lab) -> None:
    install_for_tests(lab, NAME, "fish", "tcsh")
    try:
        for shell, own in {"fish": "status fish-path", "tcsh": "echo $tcsh"}.items():
            on_host(lab, f"usermod --shell /usr/bin/{shell} {USER}")
            assert step(lab, own)["stdout"], f"the login shell is not {shell}"
            steps_and_look_work(lab)
    finally:
        on_host(lab, f"usermod --shell /bin/bash {USER}")


def steps_and_look_work(lab: Lab) -> None:
    """By the user's login shell: the verbs arrive, a step gets its values, the look's programs run."""
    script = "printf '%s\\n' \"it's $VALUE!\" \\\n  end"
    assert step(lab, put(TARGET, "tailnet-k3s/lab"))["stdout"] == ""
    assert step(lab, run(TARGET, script, {"VALUE": "a\\'b\nc"}))["stdout"] == "it's a\\'b\nc!\nend"
    asked = step(lab, rendering.inspect(TARGET), stdin="import os\nprint(os.getuid())\n")
    assert asked["stdout"].strip() == "0"


def test_root_needs_no_sudo(lab: Lab) -> None:
    on_host(
        lab,
        f"install -D -m 600 /home/{USER}/.ssh/authorized_keys /root/.ssh/authorized_keys; mv /usr/bin/sudo /sudo;"
        " echo 'PermitRootLogin prohibit-password' >/etc/ssh/sshd_config.d/00-root.conf; systemctl reload ssh",
    )
    try:
        assert step(lab, put(ROOT, "tailnet-k3s/lab"), ROOT)["stdout"] == ""
        assert step(lab, run(ROOT, "id -un", {}), ROOT)["stdout"] == "root"
        assert "sudo" in last_line(step(lab, run(TARGET, "id -un", {})))
    finally:
        on_host(lab, "mv /sudo /usr/bin/sudo; rm /etc/ssh/sshd_config.d/00-root.conf; systemctl reload ssh")


def test_a_cut_within_the_secrets_runs_nothing(lab: Lab) -> None:
    secrets = render_secrets({"FIRST": "one", "SECOND": "two"})
    command = run(TARGET, "touch /etc/ran", {}, ["FIRST", "SECOND"])
    answer = step(lab, command, stdin=secrets[:-3])
    assert last_line(answer) == f"{NAME} thing: the secret SECOND did not arrive: run up again"
    assert on_host(lab, "ls /etc/ran 2>/dev/null || echo none").strip() == "none"


def test_a_cut_while_it_runs_fails_and_the_next_run_does_all(lab: Lab) -> None:
    script = "write_file /etc/first 0644 root <<<one\nsleep 3\nwrite_file /etc/second 0644 root <<<two"
    assert "broke" in step(lab, run(TARGET, script, {}), cut=1)["failed"]
    assert "stdout" in step(lab, run(TARGET, script, {}))
    assert on_host(lab, "cat /etc/first /etc/second") == "one\ntwo\n"


def test_a_failure_within_a_pipe_fails_the_step_with_host_step_and_cause_at_the_end(lab: Lab) -> None:
    answer = step(lab, run(TARGET, "cat /missing | sort | tail -n 1\necho ran", {}))
    assert last_line(answer).startswith(f"{NAME} thing: failed: tail -n 1, or a command before it in its pipe (1 0 0)")
    assert len(answer["failed"]) < 700, answer["failed"]


def test_a_service_is_started_anew_for_what_changed_and_for_nothing_else(lab: Lab) -> None:
    script = """
write_file /etc/systemd/system/thing.service 0644 root <<<"$UNIT"
write_file /etc/thing.conf 0644 root <<<"$SETTINGS"
run_service thing /etc/thing.conf /etc/systemd/system/thing.service
wait_until 10 "it to run" is_running thing.service
systemctl show -p InvocationID --value thing.service
"""
    unit = "[Service]\nExecStart=/bin/sleep 1000\n[Install]\nWantedBy=multi-user.target"

    def invocation(settings: str, text: str = unit) -> str:
        return str(step(lab, run(TARGET, script, {"UNIT": text, "SETTINGS": settings}))["stdout"])

    first = invocation("one")
    assert invocation("one") == first
    second = invocation("two")
    assert second != first
    assert invocation("two") == second
    assert invocation("two", unit.replace("1000", "2000")) != second
    assert "sleep 2000" in on_host(lab, "systemctl status thing.service")
