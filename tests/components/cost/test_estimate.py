"""What a month is expected to cost, with prices of the test's own."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from components.cost.estimate import estimate
from components.cost.prices import Prices, ShapePrice
from components.settings.hosts import AzureHost, ExistingHost, Host, OracleHost

PRICES = Prices(
    date=date(2026, 1, 2),
    hours_in_a_month=100,
    shapes={"VM.Standard.A1.Flex": ShapePrice(1, 0.1), "VM.Standard.E4.Flex": ShapePrice(2, 0.2)},
    volume_gb_month=0.5,
    region="eastus",
    sizes={"Standard_B2pls_v2": 3, "Standard_D2pls_v5": 4},
    disk_month={32: 2, 64: 4},
    address_hour=0.01,
    unknown=("traffic",),
)


def oracle(**settings: Any) -> OracleHost:
    return OracleHost(cloud="oracle", roles=("agent",), **settings)


def azure(**settings: Any) -> AzureHost:
    return AzureHost(cloud="azure", roles=("agent",), **settings)


HOME = ExistingHost(cloud="existing", roles=("agent",), address="192.0.2.7", user="pi")


@pytest.mark.parametrize(
    ("hosts", "costs"),
    [
        pytest.param([oracle(ocpus=2, memory_gb=12, boot_volume_gb=200)], [0], id="all that is free"),
        pytest.param([oracle(ocpus=3, memory_gb=12)], [100], id="a core beyond"),
        pytest.param([oracle(ocpus=2, memory_gb=13)], [10], id="a gigabyte beyond"),
        pytest.param([oracle(volume_gb=151)], [0.5], id="a gigabyte of volumes beyond"),
        pytest.param([oracle(), oracle(), oracle()], [0, 0, 160], id="the first hosts are free"),
        pytest.param([oracle(shape="VM.Standard.E4.Flex", ocpus=1, memory_gb=4)], [280], id="a shape that is not free"),
        pytest.param([oracle(shape="VM.Standard.E2.1.Micro")], [0], id="a micro"),
        pytest.param([azure()], [303], id="size, address and the next larger disk"),
        pytest.param([azure(os_disk_gb=33, volume_gb=32)], [307], id="two disks"),
        pytest.param([azure(volume_gb=128)], [311], id="a disk beyond the table"),
        pytest.param([HOME], [0], id="a machine that is there"),
        pytest.param([], [], id="nothing"),
    ],
)
def test_cost_of_hosts(hosts: list[Host], costs: list[float]) -> None:
    micro = replace(PRICES, shapes={**PRICES.shapes, "VM.Standard.E2.1.Micro": ShapePrice(0, 0)})
    assert list(estimate(dict(zip("abc", hosts, strict=False)), micro).hosts.values()) == costs


def test_an_estimate_names_what_it_does_not_know() -> None:
    spot, odd, home = azure(spot=True, size="Standard_D2pls_v5"), oracle(shape="VM.Standard9.Flex", memory_gb=6), HOME
    assert estimate({"azure-1": spot, "oracle-1": odd, "home-1": home}, PRICES).unknown == (
        "the price of oracle-1's VM.Standard9.Flex",
        "what spot takes off for azure-1, which changes by the hour",
        "how Azure's region differs from eastus",
        "power and internet of machines that were there already",
        "traffic",
    )


def test_an_estimate_is_one_line() -> None:
    assert str(estimate({"a": azure(), "b": azure(volume_gb=64), "c": oracle()}, PRICES)) == (
        "about 610.00 USD a month (a 303.00, b 307.00) by prices of 2026-01-02; "
        "without how Azure's region differs from eastus; traffic"
    )


def test_the_output_has_numbers_to_work_with() -> None:
    assert estimate({"a": azure()}, PRICES).output() == {
        "usd": 303.0,
        "hosts": {"a": 303.0},
        "prices_of": "2026-01-02",
        "without": ["how Azure's region differs from eastus", "traffic"],
    }


def test_the_table_is_whole() -> None:
    prices = Prices.read()
    assert prices.date.year >= 2025
    assert "VM.Standard.A1.Flex" in prices.shapes
    assert "Standard_B2pls_v2" in prices.sizes
    assert list(prices.disk_month) == sorted(prices.disk_month)
    assert prices.unknown
