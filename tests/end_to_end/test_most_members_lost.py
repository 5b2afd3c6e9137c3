"""Two of three members of the datastore are gone for good: the way out that the documentation describes.

For the stacks `again` (Galera) and `etcd`, whose machines nobody misses.
"""

import re
import time
from collections.abc import Callable

import pytest

from lab.hosts import run_in_host
from lab.lab import REPOSITORY
from lab.providers.terminate import terminate
from tests.end_to_end.datastores import cluster_size
from tests.end_to_end.running import RunningLab, eventually
from tests.end_to_end.test_machine_again import check_that_all_is_well

PAGE = REPOSITORY / "docs" / "when-a-machine-dies.md"
TITLES = {"galera": "With Galera:", "etcd": "With etcd:"}


def way_out(datastore: str) -> str:
    """The documentation's commands for the last member's host."""
    after = PAGE.read_text().partition(TITLES[datastore])[2]
    found = re.search(r"```bash\n(.*?)```", after, re.DOTALL)
    assert found, f"{PAGE.name} has no commands for {datastore}"
    return found[1]


def writes(lab: RunningLab, host: str, name: str) -> bool:
    """Whether a server stores an object."""
    kubectl = "k3s kubectl -n default --request-timeout=5s"
    done = f"{kubectl} create configmap {name} >/dev/null; {kubectl} get configmap {name} -o name"
    return "configmap/" in run_in_host(lab.lab, host, ["sh", "-c", f"({done}) 2>/dev/null || true"])


@pytest.fixture(autouse=True)
def _nobody_misses_these_machines(lab: RunningLab) -> None:
    if lab.stack not in {"again", "etcd"}:
        pytest.skip("for the stacks again and etcd")


def test_the_last_member_becomes_the_cluster_and_others_join_it(
    lab: RunningLab, hosts: dict[str, list[str]], members: list[str], datastore: str, say: Callable[[str], None]
) -> None:
    first, last, third = members
    lab.kubectl("-n", "default", "create", "configmap", "before")
    lab.kubectl("-n", "default", "get", "configmap", "before")
    for host in (first, third):
        terminate(lab.lab, host)
    eventually("the last member to be alone", 60, lambda: not writes(lab, last, "refused"))
    status = lab.must("status")
    assert all(host in status for host in members), status
    started = time.monotonic()
    run_in_host(lab.lab, last, ["bash", "-euc", way_out(datastore)], seconds=300)
    eventually("the last member to write", 180, lambda: writes(lab, last, "alone"))
    say(f"writes again {time.monotonic() - started:.0f} s after the commands began")
    lab.must("refresh")
    lab.must("up", seconds=1200)
    check_that_all_is_well(lab, hosts)
    assert {at: cluster_size(lab, at) for at in members} == dict.fromkeys(members, len(members))
    found = lab.kubectl("-n", "default", "delete", "configmap", "before", "alone", "-o", "name").split()
    assert found == ["configmap/before", "configmap/alone"]
