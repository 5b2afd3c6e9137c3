"""A group with a network of its own for each test."""

from pathlib import Path

import pytest

from tests.lab.providers.azure_native.cloud import Azure


@pytest.fixture
def azure(tmp_path: Path) -> Azure:
    return Azure(tmp_path / "azure")
