"""What all tests share: no test reads the machine's own Pulumi, SSH agent or clouds."""

import gc
import json
from collections.abc import Iterator

import pulumi
import pytest

gc.disable()


def pytest_collection_finish() -> None:
    """The clouds' SDKs, imported by now, stay: collections that go through them each time took a quarter of a run."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    gc.enable()


@pytest.fixture(autouse=True, scope="session")
def _no_connection_of_an_engine_before() -> None:
    """An engine may get the port of an earlier one: its channel would take over the refused connection of that one's.

    The lab itself has a process for each engine.
    """
    from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS

    _GRPC_CHANNEL_OPTIONS.append(("grpc.use_local_subchannel_pool", 1))


@pytest.fixture(autouse=True)
def _no_environment_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PULUMI_CONFIG", "SSH_AUTH_SOCK", "TAILSCALE_API_KEY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True, scope="session")
def _no_host_is_asked() -> Iterator[None]:
    """Hosts of stacks in tests are nowhere. They answer as new machines without a fault."""
    from components.look import look
    from components.look.ask import Answers
    from tests.look.files import BASE

    def well(host: str) -> Answers:
        wanted = json.loads(pulumi.Config("tailnet-k3s").require("hosts"))[host]
        facts = BASE | {
            "architecture": wanted.get("architecture", "amd64"),
            "machine_id": host.encode().hex(),
            "boot_id": host,
            "addresses": [one for one in BASE["addresses"] if one["interface"] == "lo"],
        }
        return Answers(("{}", json.dumps(facts)), tuple(BASE["asked"]))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(look, "ask_hosts", lambda ways, _: {host: well(host) for host in ways})
        yield
