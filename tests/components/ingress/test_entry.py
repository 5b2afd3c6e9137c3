"""No domain, or nobody to answer for it: then there is no way in, and nothing is asked or made."""

from functools import partial

import pytest

from components.edge.ranges import VisitorRanges
from components.ingress.entry import EntryArgs, create_entry
from components.settings.edge import Edge
from components.settings.ingress import Ingress
from components.settings.k3s import K3s as K3sSettings
from tests.components.entry import cluster, ingress_host
from tests.engine import run


def declare(domain: str | None, has_host: bool) -> None:
    host = ingress_host("oracle-1", 1)
    hosts = {"oracle-1": host} if has_host else {}
    edge = Edge(domain=domain)
    assert (
        create_entry("door", EntryArgs(edge, Ingress(), K3sSettings(), cluster(host), hosts, VisitorRanges())) is None
    )


@pytest.mark.parametrize(("domain", "has_host"), [(None, True), ("example.org", False)])
def test_no_way_in(domain: str | None, has_host: bool) -> None:
    seen = run(partial(declare, domain, has_host))
    assert seen.calls == []
    assert not [one for one in seen.resources if one.name == "door"]
