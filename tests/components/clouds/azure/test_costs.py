"""What hosts in Azure cost a month, with prices of the test's own."""

from datetime import date
from typing import Any

import pytest

from components.clouds.azure.costs import Prices, costs
from components.clouds.azure.host_settings import AzureHost
from components.cost.costs import HOURS_IN_A_MONTH

PRICES = Prices(
    date=date(2026, 1, 2),
    region="eastus",
    sizes={"Standard_B2pls_v2": 300 / HOURS_IN_A_MONTH, "Standard_D2pls_v5": 400 / HOURS_IN_A_MONTH},
    disk_month={32: 2, 64: 4},
    address_hour=1 / HOURS_IN_A_MONTH,
)
REGION = "how Azure's region differs from eastus"


def host(**settings: Any) -> AzureHost:
    return AzureHost(cloud="azure", roles=("agent",), **settings)


@pytest.mark.parametrize(
    ("wanted", "month"),
    [
        pytest.param(host(), 303, id="size, address and the next larger disk"),
        pytest.param(host(os_disk_gb=33, volume_gb=32), 307, id="two disks"),
        pytest.param(host(volume_gb=128), 311, id="a disk beyond the table"),
    ],
)
def test_cost_of_a_host(wanted: AzureHost, month: float) -> None:
    found = costs({"a": wanted}, PRICES)
    assert found.hosts == {"a": month}
    assert found.unknown == (REGION,)
    assert found.prices_of == date(2026, 1, 2)


def test_what_changes_by_the_hour_and_what_has_no_price_is_named() -> None:
    hosts = {"azure-1": host(spot=True, size="Standard_D2pls_v5"), "azure-2": host(size="Standard_D9_v9")}
    assert costs(hosts, PRICES).unknown == (
        "the price of azure-2's Standard_D9_v9",
        "what spot takes off for azure-1, which changes by the hour",
        REGION,
    )


def test_the_table_is_whole() -> None:
    prices = Prices.read()
    assert prices.date.year >= 2025
    assert "Standard_B2pls_v2" in prices.sizes
    assert list(prices.disk_month) == sorted(prices.disk_month)
