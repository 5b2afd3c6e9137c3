"""The lab's clouds take all that the program sends, for every stack: none of its settings works in reality only."""

import asyncio
from pathlib import Path

import pytest
from pulumi.provider.experimental import provider as sdk

from lab.providers.azure_native.provider import AzureProvider
from lab.providers.cloudflare.provider import CloudflareProvider
from lab.providers.oci.provider import OciProvider
from lab.providers.properties import value_map
from lab.providers.stand_in import StandIn
from lab.providers.tailscale.provider import TailscaleProvider
from tests.conformity.checking import is_own
from tests.conformity.stacks import FILES, ran
from tests.lab.providers.oci.cloud import Machines

pytestmark = pytest.mark.filterwarnings("ignore:cloudflare.index:DeprecationWarning")  # its SDK warns when it is loaded


@pytest.fixture
def clouds(tmp_path: Path) -> dict[str, StandIn]:
    return {
        "azure-native": AzureProvider(tmp_path / "azure", Machines()),
        "cloudflare": CloudflareProvider(tmp_path / "cloudflare", "token"),
        "oci": OciProvider(tmp_path / "oci", Machines()),
        "tailscale": TailscaleProvider(),
    }


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_resource_is_one_that_the_lab_can_make(file: Path, clouds: dict[str, StandIn]) -> None:
    refused = []
    for resource in ran(file).resources:
        cloud = clouds.get(resource.type.split(":")[0])
        if cloud is not None:
            urn = f"urn:pulumi:test::tailnet-k3s::{resource.type}::{resource.name}"
            request = sdk.CheckRequest(urn, {}, value_map(resource.inputs), b"12345678")
            failures = asyncio.run(cloud.check(request)).failures or []
            refused += [f"{resource.type} {resource.name}: {failure.reason}" for failure in failures]
    assert refused == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_function_is_one_that_the_lab_can_answer(file: Path, clouds: dict[str, StandIn]) -> None:
    for token in (asked for asked, _ in ran(file).calls if not is_own(asked)):
        cloud = clouds.get(token.split(":")[0])
        assert cloud is None or token in cloud.functions
