"""A route: a rule for Traefik and records at all ingress hosts, in that order."""

from functools import cache, partial
from typing import Any

import pulumi

from components.ingress.route import Route, RouteArgs
from tests.components.entry import way_in
from tests.engine import Run, run
from tests.stack import CALLS


def declare(**more: Any) -> None:
    args = RouteArgs("www.example.org", "shop", pulumi.Output.from_input("web"), 8080, way_in(), **more)
    pulumi.export("url", Route("shop", args).url)


@cache
def ran(*middlewares: str) -> Run:
    return run(partial(declare, middlewares=middlewares), calls=CALLS)


def test_a_host_name_leads_to_a_service() -> None:
    route = ran().one("IngressRoute", "shop").inputs
    assert route["metadata"] == {"name": "shop", "namespace": "shop"}
    assert route["spec"] == {
        "entryPoints": ["websecure"],
        "routes": [
            {
                "kind": "Rule",
                "match": "Host(`www.example.org`)",
                "services": [{"name": "web", "port": 8080, "strategy": "p2c"}],
            },
        ],
        "tls": {},
    }
    assert ran().outputs["url"] == "https://www.example.org/"


def test_requests_pass_the_middlewares_in_their_order() -> None:
    (rule,) = ran("login", "limit").one("IngressRoute", "shop").inputs["spec"]["routes"]
    assert rule["middlewares"] == [{"name": "login"}, {"name": "limit"}]


def test_names_are_known_to_the_world_when_somebody_answers() -> None:
    records = ran().of("DnsRecord")
    assert {one.name for one in records} == {
        f"www.example.org-{host}" for host in ("oracle-1-a", "oracle-1-aaaa", "oracle-2-a")
    }
    for record in records:
        assert {"IngressRoute shop", "Command door-serves", "Command door-ipv6-oracle-1"} <= ran().before(record)


def test_what_is_made_in_the_cluster_is_the_route_s_own() -> None:
    assert ran().one("IngressRoute", "shop").parent == "Route shop"
    assert {one.parent for one in ran().of("DnsRecord")} == {"Route shop"}
