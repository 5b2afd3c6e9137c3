"""Packages on a real host: another package manager is at work there, as at the first boot of an image, or the owner has
put a package on hold."""

from collections.abc import Iterator

import pytest

from components.look.facts import Facts
from components.look.gatherer import gather_script
from components.look.judge import judge
from components.rendering import PRELUDE, assignments
from lab.hosts import HostError, run_in_host
from lab.lab import Lab
from tests.lab.hosts.packages import give_packages
from tests.lab.hosts.real_lab import lab_of, spec, wait_until_up
from tests.look.files import wanted_of

pytestmark = pytest.mark.lab
HOST = "host-11"

# Holds each lock for 6 s, one after another as an upgrade does, and meanwhile installs a package with a service.
UPGRADE = """
import fcntl, subprocess, time
for lock in ("lists/lock", "dpkg/lock-frontend", "../cache/apt/archives/lock"):
    with open(f"/var/lib/{'' if lock.startswith(('dpkg', '..')) else 'apt/'}{lock}", "w") as file:
        fcntl.lockf(file, fcntl.LOCK_EX)
        print(lock, flush=True)
        time.sleep(3)
        if lock == "lists/lock":
            subprocess.run(["dpkg", "-i", "/other.deb"], check=True, stdout=subprocess.DEVNULL)
        time.sleep(3)
"""
OTHER = """set -e
mkdir -p /other/DEBIAN /other/lib/systemd/system
cat >/other/DEBIAN/control <<'END'
Package: other
Version: 1
Architecture: all
Maintainer: nobody
Description: other
END
cat >/other/DEBIAN/postinst <<'END'
#!/bin/sh
deb-systemd-helper enable other.service
deb-systemd-invoke start other.service
END
cat >/other/lib/systemd/system/other.service <<'END'
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
END
chmod 755 /other/DEBIAN/postinst
dpkg-deb -b /other /other.deb
"""
STEP = """
install_unstarted haproxy.service haproxy
systemctl is-active haproxy.service >&2 || true
run_service haproxy.service || true
wait_until 10 "HAProxy to run" is_running haproxy.service
"""
BOTH = """python3 -u -c "$1" >/upgrade 2>&1 &
until [ -s /upgrade ]; do sleep 0.1; done
bash -c "$2" 2>&1 || echo failed
cat /upgrade
"""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_of("t-packages", tmp_path_factory.mktemp("lab"), spec(11)) as lab:
        wait_until_up(lab, HOST)
        give_packages(lab, HOST)
        run_in_host(lab, HOST, ["bash", "-c", OTHER])
        yield lab


def step(script: str) -> str:
    """A step's text, with the verbs."""
    return f"{assignments({'HOST': HOST, 'STEP': 'thing'})}{PRELUDE.read_text()}\n{script}"


def findings(lab: Lab) -> list[str]:
    """What the look says of the host and its packages."""
    facts = Facts.model_validate_json(run_in_host(lab, HOST, ["python3", "-"], stdin=gather_script()))
    found = judge({HOST: wanted_of(HOST, {"roles": ["server"]})}, {HOST: facts})
    return [one.message for one in found if "on hold" in one.message]


def test_each_lock_is_waited_for_and_only_ones_own_service_waits_for_its_settings(lab: Lab) -> None:
    said = run_in_host(lab, HOST, ["bash", "-c", BOTH, "both", UPGRADE, step(STEP)], seconds=300)
    assert said.splitlines()[-1] == "../cache/apt/archives/lock", said
    assert f"{HOST} thing: installed haproxy\ninactive\n" in said
    states = ["systemctl", "is-active", "other.service", "haproxy.service"]
    assert run_in_host(lab, HOST, states).split() == ["active", "active"]
    assert run_in_host(lab, HOST, ["systemctl", "is-enabled", "haproxy.service"]).strip() == "enabled"


def test_a_package_on_hold_is_told_before_a_step_fails_for_it(lab: Lab) -> None:
    run_in_host(lab, HOST, ["bash", "-c", "apt-get -q update && apt-mark hold jq"])
    (message,) = findings(lab)
    with pytest.raises(HostError, match=r"installing jq failed: .*Held packages were changed"):
        run_in_host(lab, HOST, ["bash", "-c", step("install_packages jq")], seconds=120)
    command = message.rpartition("Run there: ")[2]
    run_in_host(lab, HOST, ["bash", "-c", command.replace("sudo ", "")])
    assert findings(lab) == []
    run_in_host(lab, HOST, ["bash", "-c", f"{step('install_packages jq')}\napt-mark hold jq"], seconds=120)
    assert findings(lab) == [], "an installed package may be on hold"
