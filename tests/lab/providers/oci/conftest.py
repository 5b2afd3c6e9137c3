"""A network of its own for each test."""

from pathlib import Path

import pytest

from tests.lab.providers.oci.cloud import Network


@pytest.fixture
def network(tmp_path: Path) -> Network:
    return Network(tmp_path / "oci")
