"""A host gets another Tailscale by a step whose connection may go by it; systemd is real, Tailscale is a script."""

from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from components.overlay.tailscale.joining import JOIN, UPDATE
from components.rendering import verbs, words
from lab.hosts import run_in_host
from lab.lab import Lab
from tests.lab.hosts.real_lab import lab_of, spec, wait_until_up

pytestmark = pytest.mark.lab
HOST = "host-11"
FOLDER = "/var/lib/tailnet-k3s"
# It is in the tailnet while its daemon runs.
CLIENT = """#!/bin/bash
[ -e /run/daemon ] || exit 1
case "$*" in
  "version --daemon") printf 'Client: any\\nDaemon: %s-t123\\n' "$(</run/daemon)" ;;
  "ip -4") echo 100.64.0.1 ;;
esac
"""
DAEMON = """#!/bin/bash
[ "${1:-}" != --version ] || { echo VERSION && exit; }
END
echo VERSION >/run/daemon
trap 'rm -f /run/daemon; exit' TERM
sleep infinity & wait
"""
UNIT = """[Service]
ExecStart=/usr/sbin/tailscaled
[Install]
WantedBy=multi-user.target
"""
RUN = '"$@" || true'
BROKEN = """"$@" & until systemctl -q is-active tailnet-k3s-tailscale; do sleep 0.05; done; kill -KILL $!"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_of("t-update", tmp_path_factory.mktemp("lab"), spec(11)) as lab:
        wait_until_up(lab, HOST)
        on_host(lab, "cd /root && { python3 -m http.server 8000 >/dev/null 2>&1 & }")
        yield lab


def on_host(lab: Lab, script: str, stdin: str = "") -> str:
    return run_in_host(lab, HOST, ["bash", "-ec", script], stdin=stdin, seconds=200).strip()


def archive(lab: Lab, version: str, end: str = "") -> None:
    """Puts one on the host. `end`: what its daemon does instead of running."""
    daemon = DAEMON.replace("VERSION", version).replace("END", end)
    files = {"tailscale": CLIENT, "tailscaled": daemon, "systemd/tailscaled.service": UNIT}
    on_host(lab, f"rm -rf /root/{version} && mkdir -p /root/{version}/systemd")
    for name, text in files.items():
        on_host(lab, f"cat >/root/{version}/{name} && chmod 755 /root/{version}/{name}", text)
    on_host(lab, f"tar -C /root -czf /root/{version}.tgz {version}")


@pytest.fixture(autouse=True)
def _old(lab: Lab) -> None:
    """Version 1.0 runs, as the program has installed it at the host's first boot."""
    archive(lab, "1.0")
    on_host(
        lab,
        f"systemctl stop tailscaled 2>/dev/null || true; rm -rf {FOLDER}; mkdir -p {FOLDER}; cd /root/1.0;"
        f"cp /root/1.0.tgz {FOLDER}/tailscale_1.0_amd64.tgz; cp tailscale /usr/bin; cp tailscaled /usr/sbin;"
        "cp systemd/tailscaled.service /etc/systemd/system; systemctl daemon-reload; systemctl start tailscaled",
    )


def update(
    lab: Lab,
    version: str = "2.0",
    server: str = "http://127.0.0.1:8000",
    how: str = RUN,
    scripts: tuple[Path, ...] = UPDATE,
) -> str:
    """What the step says. `how`: a script that runs the command of its arguments."""
    values = {
        "URL": f"file:///root/{version}.tgz",
        "SHA256": on_host(lab, f"sha256sum </root/{version}.tgz").split()[0],
        "CHECKSUM_URL": "",
        "NAME": f"tailscale_{version}_amd64.tgz",
        "CONTROL_SERVER": server,
        "VERSION": version,
        "HOSTNAME": "lab-host-11",
        "AUTH_KEY_FILE": "/run/key",
        "OPTIONS": "",
        "PORT": "41641",
    }
    on_host(lab, "cat >/root/step.sh", verbs())
    given = words("\n".join(path.read_text() for path in scripts), values)
    command = ["bash", "-c", f"exec 2>&1; {how}", "step", "bash", "/root/step.sh", HOST, "thing", "/root/step.sh"]
    return run_in_host(lab, HOST, [*command, *given], seconds=300).strip()


def runs(lab: Lab) -> str:
    return on_host(lab, "cat /run/daemon")


def test_it_gets_the_pinned_version_once(lab: Lab) -> None:
    archive(lab, "2.0")
    assert "updated Tailscale to 2.0" in update(lab)
    assert runs(lab) == "2.0"
    started = on_host(lab, "systemctl show -p InvocationID tailscaled")
    assert update(lab).splitlines()[-1] == f"{HOST} thing: unchanged"
    assert on_host(lab, "systemctl show -p InvocationID tailscaled") == started
    assert on_host(lab, f"ls {FOLDER}").split() == ["steps", "tailscale_2.0_amd64.tgz"]


def test_the_earlier_one_is_back_when_the_new_one_does_not_run(lab: Lab) -> None:
    archive(lab, "2.0", end="echo no such option; exit 1")
    said = update(lab).splitlines()[-1]
    assert said == (
        f"{HOST} thing: the update of Tailscale to 2.0 failed: no such option. The earlier version runs again"
    )
    assert runs(lab) == "1.0"
    archive(lab, "2.0")
    assert "updated Tailscale to 2.0" in update(lab), "it does not go on once the cause is mended"


def test_it_is_exchanged_even_if_the_connection_breaks(lab: Lab) -> None:
    archive(lab, "2.0", end="sleep 3")
    update(lab, how=f"{BROKEN}; wait || true")
    assert update(lab).splitlines()[-1] == f"{HOST} thing: unchanged"
    assert runs(lab) == "2.0"


def test_nothing_is_touched_while_the_control_server_does_not_answer(lab: Lab) -> None:
    archive(lab, "2.0")
    said = update(lab, server="http://127.0.0.1:9")
    assert "waited 30 s for: the control server to answer" in said.splitlines()[-1]
    assert runs(lab) == "1.0"


def test_one_that_does_not_run_here_is_not_installed(lab: Lab) -> None:
    archive(lab, "2.0")
    on_host(lab, "cd /root; echo no program >2.0/tailscaled; chmod 644 2.0/tailscaled; tar -czf 2.0.tgz 2.0")
    assert update(lab).splitlines()[-1].endswith("the tailscaled of tailscale_2.0_amd64.tgz does not run on this host")
    assert runs(lab) == "1.0"


def test_the_next_host_waits_until_this_one_is_as_it_was(lab: Lab) -> None:
    """What did not hold before is not waited for."""
    archive(lab, "2.0")
    away_once = "date +%s >>/run/asked; [ $(wc -l </run/asked) != 2 ]"
    marks = f"mkdir -p {FOLDER}/steps; rm -f /run/asked; cat >{FOLDER}/steps/member"
    claims = {"away": away_once, "lost before": "false"}
    lines = [f"holds\t{words}\t{b64encode(text.encode()).decode()}\n" for words, text in claims.items()]
    on_host(lab, marks, "".join(["x done\n", *lines]))
    assert "updated Tailscale to 2.0" in update(lab)
    assert len(on_host(lab, "cat /run/asked").split()) == 3


def test_what_the_owner_has_installed_stays(lab: Lab) -> None:
    archive(lab, "2.0")
    on_host(lab, f"rm {FOLDER}/tailscale_1.0_amd64.tgz")
    assert "has a Tailscale that its owner has installed" in update(lab)
    assert runs(lab) == "1.0"


def test_a_new_host_gets_the_pinned_version_and_one_that_has_another_keeps_that_for_now(lab: Lab) -> None:
    archive(lab, "2.0")
    on_host(lab, f"systemctl stop tailscaled; rm -rf /usr/sbin/tailscaled /usr/bin/tailscale {FOLDER}")
    assert "installed tailscale" in update(lab, scripts=JOIN)
    assert runs(lab) == "2.0"
    archive(lab, "3.0")
    assert update(lab, "3.0", scripts=JOIN).splitlines()[-1] == f"{HOST} thing: unchanged"
    assert runs(lab) == "2.0"
