"""What all tests share: no test reads the machine's own Pulumi, SSH agent or clouds."""

import gc

import pytest

gc.disable()


def pytest_collection_finish() -> None:
    """The clouds' SDKs, imported by now, stay: collections that go through them each time took a quarter of a run."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.fixture(autouse=True)
def _no_environment_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PULUMI_CONFIG", "SSH_AUTH_SOCK", "TAILSCALE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
