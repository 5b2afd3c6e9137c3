"""The last tests of the run: `destroy` leaves what its owner's data is, and `down` leaves nothing on the machine."""

import json
import re

import pytest

from lab.distribution.build import build_programs
from lab.hosts import list_hosts, run_in_host
from lab.internet.headscale import Headscale
from lab.lab import Lab
from lab.progress import Silence
from tests.end_to_end.conftest import leftovers
from tests.end_to_end.running import RunningLab

DATA = "/var/lib/tailnet-k3s/storage/minio"
CLUSTER_TAG = "tag:cluster"
# Of a machine that was a node: the program, its services, its pods, its files, its way into the tailnet.
TRACES = """
ls -d /usr/local/bin/k3s /etc/rancher/k3s/config.yaml /etc/rancher/node /var/lib/rancher/k3s 2>/dev/null
ls -d /usr/bin/tailscale /etc/sudoers.d/tailnet-k3s 2>/dev/null
systemctl list-unit-files --no-legend 'k3s*' 'tailscaled*' 'haproxy*' --state=enabled
pgrep -l 'k3s|containerd|minio|traefik|tailscaled'
ip -o link show type vxlan
getent passwd operator
true
"""


def test_destroy_takes_all_that_the_stack_has_made_and_keeps_the_data(lab: RunningLab) -> None:
    if lab.name != "e2e":
        pytest.skip("the lab belongs to somebody")
    check_destroy(lab)


def test_down_leaves_nothing(lab: RunningLab) -> None:
    if lab.name == "e2e":
        assert leftovers(), "the lab shows up nowhere: the search for what it leaves would find nothing either"
        lab.must("down")
        assert leftovers() == set()
        assert not lab.lab.root.exists()


def check_destroy(running: RunningLab) -> None:
    """Destroy the stack of a lab that is up, and look at the tailnet, the edge, the clouds and the machine at home."""
    lab = running.lab
    stored = on_home(lab, f"cat {DATA}/id; find {DATA}/data -type f | sort | xargs sha256sum")
    assert "/backups/" in stored
    assert devices(lab), "the devices of the cluster are not found: they would not be later either"
    assert records(lab, "cloudflare")
    assert records(lab, "oci")
    assert records(lab, "azure")

    said = running.must("destroy", seconds=600)
    assert "kept: home-1 · folder /var/lib/tailnet-k3s/storage\n" in said
    assert "kept: home-1 · bucket backups\n" in said
    assert re.fullmatch(r"\d+ deleted", said.splitlines()[-1])

    assert devices(lab) == []
    for cloud in ("cloudflare", "oci", "azure"):
        assert records(lab, cloud) == []
    assert [(host.name, host.running) for host in list_hosts(lab)] == [("home-1", True)]
    assert on_home(lab, TRACES) == ""
    after = on_home(lab, f"cat {DATA}/id; find {DATA}/data -type f | sort | xargs sha256sum")
    lost = [line for line in stored.splitlines() if ".minio.sys" not in line and line not in after]
    assert lost == [], "data of the object store is gone, or another"

    again = running.run("destroy")
    assert again.status == 1
    assert "nothing of stack lab to destroy" in again.output


def devices(lab: Lab) -> list[str]:
    """Devices of the cluster, as the tailnet's control server knows them."""
    return Headscale(lab, build_programs(["headscale"], Silence())["headscale"]).devices(CLUSTER_TAG)


def records(lab: Lab, cloud: str) -> list[str]:
    """Everything that one of the clouds has."""
    return sorted(json.loads((lab.root / "cloud" / cloud / "resources.json").read_text()))


def on_home(lab: Lab, script: str) -> str:
    """What a script prints on the machine at home, whose owner needs no tailnet to get at it."""
    return run_in_host(lab, "home-1", ["bash", "-c", script])
