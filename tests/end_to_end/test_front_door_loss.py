"""An ingress host is lost, and then taken out of the settings: visitors hardly notice, and its records go."""

import json
import time
from collections.abc import Callable

import yaml

from lab.engine.state import resources
from lab.hosts import cut_power
from tests.end_to_end.running import RunningLab, eventually
from tests.end_to_end.visitor import Visitor

GAP_SECONDS = 5


def records(lab: RunningLab) -> dict[str, set[str]]:
    """Addresses of the zone's records, by name, as Cloudflare's interface gives them."""
    zone: dict[str, set[str]] = {}
    for record in resources(lab.workspace):
        if record.type == "cloudflare:index/dnsRecord:DnsRecord":
            zone.setdefault(record.inputs["name"], set()).add(record.inputs["content"])
    return zone


def test_visitors_get_answers_from_the_other_host(
    lab: RunningLab,
    visitor: Visitor,
    ingress_hosts: list[str],
    hosts: dict[str, list[str]],
    say: Callable[[str], None],
) -> None:
    lost, *others = ingress_hosts[::-1]
    address = json.loads(lab.must("status", "--json"))["hosts"][lost]["public_address"]
    before = records(lab)
    assert before, "the stack has no records"
    assert all(address in contents for contents in before.values()), f"{address} is missing in {before}"
    original = lab.settings.read_text()
    with visitor.steadily(visitor.url("whoami"), 120) as visits:
        time.sleep(3)
        cut_power(lab.lab, lost)
        time.sleep(30)
    say(f"longest gap {visits[0].longest_gap():.1f} s")
    assert visits[0].longest_gap() <= GAP_SECONDS, f"{visits[0].longest_gap():.1f} s; failed: {visits[0].failed}"
    assert not [when for when, _ in visits[0].failed if when > visits[0].answers[-1][0] - 10], visits[0].failed

    stack = yaml.safe_load(original)
    del stack["config"]["tailnet-k3s:hosts"][lost]
    agent = next(name for name, roles in hosts.items() if "agent" in roles)
    stack["config"].setdefault("tailnet-k3s:datastore", {})["arbitrator"] = agent
    lab.settings.write_text(yaml.safe_dump(stack, sort_keys=False))
    try:
        without = lab.run("up", seconds=900)
        assert without.status == 0, without.output
        after = records(lab)
        assert after.keys() == before.keys()
        assert not [name for name, contents in after.items() if address in contents], after
        assert others, "no ingress host is left"
        eventually("whoami to answer", 60, lambda: visitor.get(visitor.url("whoami")).status == 200)
        nodes = lab.kubectl("get", "nodes", "-o", "name").split()
        assert f"node/{lost}" not in nodes
    finally:
        lab.settings.write_text(original)
        again = lab.run("up", seconds=900)
    assert again.status == 0, again.output
    say(f"up without it {without.seconds:.0f} s, with it again {again.seconds:.0f} s")
    eventually("whoami to answer by both hosts", 60, lambda: visitor.get(visitor.url("whoami")).status == 200)
    assert records(lab).keys() == before.keys()
