"""HAProxy's section for the registration address, as text beside this test; HAProxy reads it on a lab host."""

from pathlib import Path

from components.cluster.registration import registration_section
from tests.components.golden import check

FIXTURES = Path(__file__).parent / "fixtures"
SERVERS = {"oracle-1": "100.64.0.1", "oracle-2": "100.64.0.2", "azure-1": "100.64.0.7"}


def test_any_server_to_register_with() -> None:
    check(FIXTURES / "registration.cfg", registration_section(SERVERS))
