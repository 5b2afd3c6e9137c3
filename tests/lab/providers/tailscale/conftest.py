"""A tailnet of its own for each test."""

import pytest

from tests.lab.providers.tailscale.tailnet import Tailnet


@pytest.fixture
def tailnet() -> Tailnet:
    return Tailnet()
