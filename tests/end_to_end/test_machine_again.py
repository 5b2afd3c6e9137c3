"""A machine goes, and another comes under its name: ended by its cloud, or reinstalled at home."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from lab import homes
from lab.hosts import delete_host, run_in_host
from lab.providers.terminate import terminate
from tests.end_to_end.running import RunningLab, eventually
from tests.end_to_end.test_convergence import host_boots
from tests.end_to_end.test_loss import ready_nodes
from tests.end_to_end.test_z_down import devices

OWN_HOST_KEY = "/etc/ssh/ssh_host_ed25519_key"


@pytest.fixture(autouse=True)
def _nobody_misses_what_is_on_these_machines(hosts: dict[str, list[str]]) -> None:
    """Objects and sites of the lab's own stack would be gone in the middle of a run."""
    if any({"ingress", "storage"} & set(roles) for roles in hosts.values()):
        pytest.skip("for the stack again")


def of_cloud(settings_file: Path, cloud: str, place: int = -1) -> str:
    """Name of a host of that cloud: the last by name, or at another place."""
    hosts: dict[str, dict[str, str]] = yaml.safe_load(settings_file.read_text())["config"]["tailnet-k3s:hosts"]
    found = [name for name, host in sorted(hosts.items()) if host["cloud"] == cloud]
    if not found:
        pytest.skip(f"no host is in the cloud {cloud}")
    return found[place]


def check_that_all_is_well(lab: RunningLab, hosts: dict[str, list[str]]) -> None:
    """Every node Ready, every member well, one device for each host, no number in its name; and nothing left to do."""
    status = json.loads(lab.must("status", "--json"))["hosts"]
    assert {name: one["node"] for name, one in status.items()} == dict.fromkeys(hosts, "Ready")
    members = [name for name, roles in hosts.items() if "database" in roles]
    assert {status[name]["database"] for name in members} <= {"Synced", "healthy"}
    assert {name: one["troubles"] for name, one in status.items()} == {name: [] for name in hosts}
    present = sorted(devices(lab.lab))
    assert [one.rpartition("-")[0] for one in present] == [f"{lab.stack}-{name}" for name in sorted(hosts)], present
    again = lab.must("up")
    assert "unchanged" in again, again


def device_of(lab: RunningLab, host: str) -> str:
    return next(one for one in devices(lab.lab) if one.startswith(f"{lab.stack}-{host}-"))


@pytest.mark.parametrize("cloud", ["oracle", "azure"])
def test_a_machine_that_its_cloud_has_ended_comes_back_whole(
    lab: RunningLab, settings_file: Path, hosts: dict[str, list[str]], cloud: str
) -> None:
    """The Azure host is the first server and the database's writer."""
    host = of_cloud(settings_file, cloud)
    written = f"before-{cloud}-ended"
    lab.kubectl("create", "configmap", written)
    lab.kubectl("get", "configmap", written)  # read back: an answer alone means little, see README
    before = device_of(lab, host)
    terminate(lab.lab, host)
    lab.must("refresh")
    said = lab.must("up", seconds=900)
    assert f"{host}: its machine is gone. A new one replaces it." in said
    check_that_all_is_well(lab, hosts)
    assert device_of(lab, host) != before
    assert f"configmap/{written}" in lab.kubectl("delete", "configmap", written, "-o", "name")
    size = lab.ssh(host, "mariadb -Ne \"SHOW STATUS LIKE 'wsrep_cluster_size'\"").split()[-1]
    assert int(size) == sum("database" in roles for roles in hosts.values())


@contextmanager
def elsewhere(lab: RunningLab, address: str) -> Iterator[None]:
    """The operator's computer is where no SSH leads to a machine at home but by the tailnet."""
    rule = ["OUTPUT", "-d", address, "-p", "tcp", "--dport", "22", "-j", "DROP"]
    assert lab.output_of("operator", "iptables", "-I", *rule).status == 0
    try:
        yield
    finally:
        lab.output_of("operator", "iptables", "-D", *rule)


def test_from_elsewhere_a_machine_at_home_is_reached_by_the_tailnet_alone(
    lab: RunningLab, settings_file: Path, hosts: dict[str, list[str]]
) -> None:
    host = of_cloud(settings_file, "existing")
    config = yaml.safe_load(settings_file.read_text())["config"]
    with elsewhere(lab, config["tailnet-k3s:hosts"][host]["address"]):
        first = lab.must("up", seconds=300)
        changed = [line for line in first.splitlines() if f"{host} · " in line]
        assert changed, first
        assert all(word in first for word in (f"{host} · verbs", f"{host} · enrol")), first
        assert "unchanged" in lab.must("up")
    assert "unchanged" in lab.must("up"), "at home again, the tailnet leads to it as well"


def test_a_machine_that_shows_another_host_key_is_refused_before_anything_is_changed(
    lab: RunningLab, settings_file: Path, hosts: dict[str, list[str]]
) -> None:
    host = of_cloud(settings_file, "existing")
    others = {name: roles for name, roles in hosts.items() if name != host}
    before = host_boots(lab, others)
    with another_host_key(lab, host) as fingerprint:
        refused = lab.run("up")
        assert refused.status != 0
        assert f"hosts.{host}.host_key" in refused.output
        assert fingerprint in refused.output
        assert "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub" in refused.output
    assert host_boots(lab, others) == before
    assert "unchanged" in lab.must("up")


@contextmanager
def another_host_key(lab: RunningLab, host: str) -> Iterator[str]:
    """A machine's sshd has another key for a while; gives its fingerprint."""

    def on_host(script: str) -> str:
        return run_in_host(lab.lab, host, ["bash", "-euc", script])

    fingerprint = on_host(
        f"cp -p {OWN_HOST_KEY} /root/own-key; ssh-keygen -q -t ed25519 -N '' -f /root/other-key;"
        f" cat /root/other-key >{OWN_HOST_KEY}; systemctl restart ssh; ssh-keygen -lf /root/other-key"
    ).split()[1]
    try:
        yield fingerprint
    finally:
        on_host(f"cat /root/own-key >{OWN_HOST_KEY}; rm /root/own-key /root/other-key*; systemctl restart ssh")


def test_a_reinstalled_machine_joins_again_once_the_settings_have_its_new_key(
    lab: RunningLab, settings_file: Path, hosts: dict[str, list[str]]
) -> None:
    """The lab types the new key into the settings, as the owner does."""
    host = of_cloud(settings_file, "existing")
    before = device_of(lab, host)
    reinstall(lab, host)
    said = lab.must("up", seconds=900)
    assert f"{host}: its machine was reinstalled. It joins as a new one." in said
    check_that_all_is_well(lab, hosts)
    assert device_of(lab, host) != before
    eventually("the node to be Ready", 60, lambda: host in ready_nodes(lab, next(iter(hosts))))


def reinstall(lab: RunningLab, host: str) -> None:
    """A new system on the machine, with other host keys; its owner's key for logging in is the same."""
    file = homes.home_file(lab.lab, host)
    known = homes.HomeFile(**json.loads(file.read_text()))
    private, public = homes.new_key_pair()
    delete_host(lab.lab, host)
    homes.write_home_file(file, replace(known, host_key=private, host_public_key=public))


def test_roles_move_to_another_machine_and_back(
    lab: RunningLab, settings_file: Path, hosts: dict[str, list[str]]
) -> None:
    """A server and member of the database swaps its roles with an agent. Its folder of data is a mount point."""
    original = settings_file.read_text()
    stack = yaml.safe_load(original)
    entries = stack["config"]["tailnet-k3s:hosts"]
    server, agent = of_cloud(settings_file, "existing", 0), of_cloud(settings_file, "existing")
    entries[server]["roles"], entries[agent]["roles"] = entries[agent]["roles"], entries[server]["roles"]
    swapped = {**hosts, server: hosts[agent], agent: hosts[server]}
    lab.kubectl("create", "configmap", "before-roles-moved")
    lab.kubectl("get", "configmap", "before-roles-moved")
    settings_file.write_text(yaml.safe_dump(stack, sort_keys=False))
    try:
        lab.must("up", seconds=900)
        check_that_all_is_well(lab, swapped)
        labels = json.loads(lab.kubectl("get", "node", server, "-o", "jsonpath={.metadata.labels}"))
        assert "node-role.kubernetes.io/control-plane" not in labels
        left = "ls -d /var/lib/rancher/k3s/server /etc/rancher/k3s/k3s.yaml /var/lib/mysql/* 2>/dev/null || true"
        assert lab.ssh(server, left) == "", "what opens the cluster, or its data, is left on an agent"
    finally:
        settings_file.write_text(original)
        lab.must("up", seconds=900)
    check_that_all_is_well(lab, hosts)
    assert "configmap/" in lab.kubectl("delete", "configmap", "before-roles-moved", "-o", "name")
