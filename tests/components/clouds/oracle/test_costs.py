"""What hosts in Oracle's cloud cost a month, with prices of the test's own."""

from datetime import date
from typing import Any

import pytest

from components.clouds.oracle.costs import Prices, ShapePrice, costs
from components.clouds.oracle.host_settings import OracleHost
from components.cost.costs import HOURS_IN_A_MONTH

A_CENT = 1 / HOURS_IN_A_MONTH  # an hour, so that a month costs 1
PRICES = Prices(
    date=date(2026, 1, 2),
    shapes={
        "VM.Standard.A1.Flex": ShapePrice(100 * A_CENT, 10 * A_CENT),
        "VM.Standard.E4.Flex": ShapePrice(200 * A_CENT, 20 * A_CENT),
        "VM.Standard.E2.1.Micro": ShapePrice(0, 0),
    },
    volume_gb_month=0.5,
)


def host(**settings: Any) -> OracleHost:
    return OracleHost(cloud="oracle", roles=("agent",), **settings)


@pytest.mark.parametrize(
    ("hosts", "months"),
    [
        pytest.param([host(ocpus=2, memory_gb=12, boot_volume_gb=200)], [0], id="all that is free"),
        pytest.param([host(ocpus=3, memory_gb=12)], [100], id="a core beyond"),
        pytest.param([host(ocpus=2, memory_gb=13)], [10], id="a gigabyte beyond"),
        pytest.param([host(volume_gb=151)], [0.5], id="a gigabyte of volumes beyond"),
        pytest.param([host(), host(), host()], [0, 0, 160], id="the first hosts are free"),
        pytest.param([host(shape="VM.Standard.E4.Flex", ocpus=1, memory_gb=4)], [280], id="a shape that is not free"),
        pytest.param([host(shape="VM.Standard.E2.1.Micro")], [0], id="a micro"),
    ],
)
def test_cost_of_hosts(hosts: list[OracleHost], months: list[float]) -> None:
    found = costs(dict(zip("abc", hosts, strict=False)), PRICES)
    assert list(found.hosts.values()) == months
    assert found.unknown == ()
    assert found.prices_of == date(2026, 1, 2)


def test_a_shape_without_a_price_is_named() -> None:
    odd = {"oracle-1": host(shape="VM.Standard9.Flex", memory_gb=6)}
    assert costs(odd, PRICES).unknown == ("the price of oracle-1's VM.Standard9.Flex",)


def test_the_table_is_whole() -> None:
    assert Prices.read().date.year >= 2025
    assert "VM.Standard.A1.Flex" in Prices.read().shapes
