"""What all tests share: no test reads the machine's own Pulumi, SSH agent or clouds."""

import pytest


@pytest.fixture(autouse=True)
def _no_environment_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PULUMI_CONFIG", "SSH_AUTH_SOCK", "TAILSCALE_API_KEY"):
        monkeypatch.delenv(name, raising=False)
