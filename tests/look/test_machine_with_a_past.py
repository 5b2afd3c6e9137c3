"""A machine at home has its owner's database, k3s, HAProxy and web server: `up` refuses it, and changes nothing."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from lab.engine import Workspace
from lab.homes import plan_homes
from lab.hosts import run_in_host
from lab.lab import Lab
from lab.progress import Silence
from lab.up import UpRequest
from tests.end_to_end.running import UP_SECONDS, RunningLab
from tests.stack import ROOT

pytestmark = pytest.mark.lab
NAME, SECONDS = "t-past", 600
OWNED = "home-1"
HOMES = {name: f"192.168.1.{50 + number}" for number, name in enumerate((OWNED, "home-2", "home-3"))}
PAST = """
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q -y install mariadb-server haproxy
mariadb -e 'CREATE DATABASE photos; CREATE TABLE photos.albums (name TEXT); INSERT INTO photos.albums VALUES ("sea")'
cat >/etc/haproxy/haproxy.cfg <<'END'
defaults
  mode tcp
  timeout connect 5s
  timeout client 1m
  timeout server 1m
listen files
  bind 127.0.0.1:8080
  server one 127.0.0.1:80
END
systemctl restart haproxy
curl -fsS -o /usr/local/bin/k3s http://mirror.lab.test/github.com/k3s-io/k3s/releases/download/v1.36.3%2Bk3s1/k3s
chmod 755 /usr/local/bin/k3s
mkdir -p /var/lib/rancher/k3s/server/db
echo mine >/var/lib/rancher/k3s/server/db/state.db
cat >/etc/systemd/system/k3s.service <<'END'
[Service]
ExecStart=/usr/local/bin/k3s server
[Install]
WantedBy=multi-user.target
END
mkdir -p /srv/web && echo mine >/srv/web/index.html
cat >/etc/systemd/system/web.service <<'END'
[Service]
WorkingDirectory=/srv/web
ExecStart=/usr/bin/python3 -m http.server 80
[Install]
WantedBy=multi-user.target
END
systemctl daemon-reload
systemctl enable -q --now web.service
systemctl enable -q k3s.service
until curl -fs http://127.0.0.1/ >/dev/null; do sleep 0.2; done
"""
CHECKSUMS = """
folders="etc srv usr/local var/lib/rancher var/lib/tailnet-k3s root home"
cd / && find $folders -xdev -type f -exec sha256sum {} + 2>/dev/null | sort
mariadb -N -e 'CHECKSUM TABLE photos.albums'
systemctl show -p Id,ActiveState,UnitFileState,ActiveEnterTimestamp mariadb haproxy web
ls /home; iptables-save 2>/dev/null | grep -v '^#' || true; ip -4 address; ip route
"""
FINDINGS = ("database photos", "has k3s already", "has an HAProxy with settings of its own", "listening on tcp 80")


@pytest.fixture
def running(tmp_path: Path) -> Iterator[RunningLab]:
    """Three machines at home that have no other thing in common. One has a past."""
    stack = yaml.safe_load((ROOT / "Pulumi.lab.yaml").read_text())
    own = stack["config"]
    own["tailnet-k3s:hosts"] = {
        name: {"cloud": "existing", "roles": ["server", "database"], "address": address, "user": "pi"}
        for name, address in HOMES.items()
    }
    own["tailnet-k3s:hosts"][OWNED]["roles"].append("ingress")
    own["tailnet-k3s:hosts"][OWNED]["public_address"] = "198.51.100.77"
    for name in ("storage", "apps", "oracle", "azure"):
        own.pop(f"tailnet-k3s:{name}", None)
    settings = tmp_path / "Pulumi.lab.yaml"
    settings.write_text(yaml.safe_dump(stack, sort_keys=False))
    lab = RunningLab(NAME, settings)
    try:
        lab.must("preview", seconds=UP_SECONDS)
        plan_homes(lab.lab, UpRequest(Workspace(lab.lab, lab.stack), settings).own()).create(Silence())
        yield lab
    finally:
        lab.must("down")


def on_host(lab: Lab, script: str) -> str:
    return run_in_host(lab, OWNED, ["bash", "-ec", script], seconds=SECONDS)


def test_it_is_refused_with_all_findings_at_once_and_stays_as_it_is(running: RunningLab) -> None:
    on_host(running.lab, PAST)
    before = on_host(running.lab, CHECKSUMS)
    for verb in ("up", "preview"):
        refused = running.run(verb, seconds=UP_SECONDS)
        lines = [line.strip() for line in refused.output.splitlines() if line.strip().startswith("hosts.")]
        found = list(dict.fromkeys(lines))
        assert refused.status != 0
        assert len(found) == len(FINDINGS), refused.output
        for words in FINDINGS:
            assert [line for line in found if line.startswith(f"hosts.{OWNED} ") and words in line], refused.output
    assert on_host(running.lab, CHECKSUMS).splitlines() == before.splitlines()
