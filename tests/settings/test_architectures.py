"""Which processor a machine has, by its cloud's name for its kind."""

import pytest

from components.clouds.azure.host_settings import AzureHost
from components.clouds.oracle.host_settings import OracleHost


@pytest.mark.parametrize(
    ("size", "architecture"),
    [
        ("Standard_B2pls_v2", "arm64"),
        ("Standard_D2ps_v5", "arm64"),
        ("Standard_E4pds_v6", "arm64"),
        ("Standard_B2als_v2", "amd64"),
        ("Standard_B2s", "amd64"),
        ("Standard_NP10s", "amd64"),
        ("Standard_HB120-16rs_v3", "amd64"),
        ("Standard_NC24ads_A100_v4", "amd64"),
    ],
)
def test_azure_tells_the_architecture_by_the_size(size: str, architecture: str) -> None:
    assert AzureHost(cloud="azure", roles=("agent",), size=size).architecture == architecture


@pytest.mark.parametrize(
    ("shape", "architecture"),
    [("VM.Standard.A1.Flex", "arm64"), ("VM.Standard.E2.1.Micro", "amd64"), ("VM.Standard3.Flex", "amd64")],
)
def test_oracle_tells_the_architecture_by_the_shape(shape: str, architecture: str) -> None:
    assert OracleHost(cloud="oracle", roles=("agent",), shape=shape).architecture == architecture
