"""await_internet.sh: a host goes on as soon as something answers where its downloads come from."""

import socket
import subprocess
from pathlib import Path

import pytest

from components.clouds.oracle.host import HERE as HOSTS
from components.rendering import PRELUDE, assignments


def waiting(url: str, seconds: int, limit: int = 30) -> "subprocess.Popen[str]":
    """The script with another patience, after which it fails."""
    script = (HOSTS / "await_internet.sh").read_text().replace("wait_until 86400", f"wait_until {seconds}")
    text = f"{assignments({'HOST': 'a', 'STEP': 'b', 'URL': url})}{PRELUDE.read_text()}\n{script}"
    command = ["timeout", str(limit), "bash", "-c", text]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def test_it_waits_until_there_is_an_answer() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        ran = waiting(f"https://127.0.0.1:{listener.getsockname()[1]}/stable/archive.tgz", seconds=30)
        with pytest.raises(subprocess.TimeoutExpired):
            ran.wait(1)
        listener.listen()
        _, said = ran.communicate()
    assert (ran.returncode, said) == (0, "a b: unchanged\n")


@pytest.mark.parametrize(("url", "port"), [("http://127.0.0.2/x", 80), ("https://127.0.0.2/x/y", 443)])
def test_without_a_port_it_is_the_schemes(url: str, port: int) -> None:
    ran = waiting(url, seconds=0)
    _, said = ran.communicate()
    assert ran.returncode != 0
    assert said.startswith("a b: waited 0 s for: a connection to the internet; saw: answers:")
    assert f"127.0.0.2/{port}" in said


def test_an_interrupted_run_may_be_taken_up_hours_later() -> None:
    assert "wait_until 86400" in Path(HOSTS / "await_internet.sh").read_text()
