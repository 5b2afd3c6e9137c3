"""Packages on a real host while another package manager is at work there, as at the first boot of an image."""

from collections.abc import Iterator
from subprocess import run

import pytest

from components.rendering import PRELUDE, assignments
from lab.distribution.packages import package_repository
from lab.hosts import list_hosts, run_in_host
from lab.lab import Lab
from lab.progress import Silence
from tests.lab.hosts.real_lab import lab_of, spec, wait_until_up

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
echo 'deb [trusted=yes] file:/packages ./' >/etc/apt/sources.list
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
    packages = package_repository(Silence())
    with lab_of("t-packages", tmp_path_factory.mktemp("lab"), spec(11)) as lab:
        wait_until_up(lab, HOST)
        (pid,) = (host.pid for host in list_hosts(lab))
        run(["cp", "-r", str(packages), f"/proc/{pid}/root/packages"], check=True)
        run_in_host(lab, HOST, ["bash", "-c", OTHER])
        yield lab


def test_each_lock_is_waited_for_and_only_ones_own_service_waits_for_its_settings(lab: Lab) -> None:
    values = assignments({"HOST": HOST, "STEP": "thing"})
    step = f"{values}{PRELUDE.read_text()}\n{STEP}"
    said = run_in_host(lab, HOST, ["bash", "-c", BOTH, "both", UPGRADE, step], seconds=300)
    assert said.splitlines()[-1] == "../cache/apt/archives/lock", said
    assert f"{HOST} thing: installed haproxy\ninactive\n" in said
    states = ["systemctl", "is-active", "other.service", "haproxy.service"]
    assert run_in_host(lab, HOST, states).split() == ["active", "active"]
    assert run_in_host(lab, HOST, ["systemctl", "is-enabled", "haproxy.service"]).strip() == "enabled"
