"""The zone: found by its name unless the settings have its id, and its mode."""

from typing import Any

import pulumi
import pytest

from components.edge.zone import strict_tls, zone_id
from components.settings.edge import Edge
from tests.engine import run
from tests.stack import CALLS

GET_ZONES = "cloudflare:index/getZones:getZones"


def test_the_zone_has_the_domain_s_name() -> None:
    found: list[str] = []
    seen = run(lambda: found.append(zone_id(Edge(domain="example.org"))), preview=True, calls=CALLS)
    assert found == ["f" * 32]
    assert seen.calls == [(GET_ZONES, {"name": "example.org"})]


def test_a_zone_that_the_settings_name_is_not_looked_up() -> None:
    found: list[str] = []
    seen = run(lambda: found.append(zone_id(Edge(domain="a.example.org", zone="a" * 32))), calls=CALLS)
    assert (found, seen.calls) == (["a" * 32], [])


def test_a_domain_that_is_not_at_cloudflare_is_named_in_the_error() -> None:
    def none(args: dict[str, Any]) -> dict[str, Any]:
        return {**args, "results": []}

    with pytest.raises(pulumi.RunError, match=r"edge\.domain: .* 0 zones example\.org\. .*edge\.zone"):
        run(lambda: zone_id(Edge(domain="example.org")), calls={GET_ZONES: none})


def test_mode_of_the_whole_zone() -> None:
    setting = run(lambda: strict_tls("strict", "f" * 32, pulumi.ResourceOptions())).one("ZoneSetting", "strict")
    assert setting.inputs == {"settingId": "ssl", "value": "strict", "zoneId": "f" * 32}
