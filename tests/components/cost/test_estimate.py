"""What a month is expected to cost: what the clouds say, put together."""

import pytest

from components.clouds.azure.host_settings import AzureHost
from components.clouds.existing.host_settings import ExistingHost
from components.clouds.oracle.host_settings import OracleHost
from components.cost.estimate import Estimate, estimate
from components.settings.host import HostPart

FREE = OracleHost(cloud="oracle", roles=("agent",))
PAID = AzureHost(cloud="azure", roles=("agent",), size="Standard_D2pls_v5", spot=True)
HOME = ExistingHost(cloud="existing", roles=("agent",), address="192.0.2.7", user="pi")
TWO = Estimate({"a": 303.0, "b": 307.0, "c": 0.0}, ("taxes", "traffic"), "2026-01-02")


@pytest.mark.parametrize("hosts", [{"z": HOME, "a": PAID, "m": FREE}, {"home-1": HOME}, {}])
def test_hosts_keep_their_order(hosts: dict[str, HostPart]) -> None:
    assert list(estimate(hosts).hosts) == list(hosts)


def test_an_estimate_names_what_it_does_not_know() -> None:
    assert estimate({"azure-1": PAID, "oracle-1": FREE, "home-1": HOME}).unknown == (
        "the price of azure-1's Standard_D2pls_v5",
        "what spot takes off for azure-1, which changes by the hour",
        "how Azure's region differs from eastus",
        "power and internet of machines that were there already",
        "traffic",
        "taxes",
        "what Cloudflare and Tailscale ask for beyond their free plans",
    )


def test_an_estimate_is_one_line() -> None:
    assert str(TWO) == "about 610.00 USD a month (a 303.00, b 307.00) by prices of 2026-01-02; without taxes; traffic"


def test_machines_that_exist_have_no_price_and_no_day_of_one() -> None:
    assert estimate({"home-1": HOME}).prices == ""
    assert str(estimate({"home-1": HOME})).startswith("about 0.00 USD a month; without power and internet of machines")


def test_the_output_has_numbers_to_work_with() -> None:
    assert TWO.output() == {
        "usd": 610.0,
        "hosts": {"a": 303.0, "b": 307.0, "c": 0.0},
        "prices_of": "2026-01-02",
        "without": ["taxes", "traffic"],
    }
