"""Which clusters encrypt Secrets: new ones, and those that began so."""

import pytest

from components.settings.errors import SettingsError
from tests.components.cluster.test_k3s import ran
from tests.engine import Run


def encrypting_servers(one: Run) -> list[str]:
    """Those that are told to encrypt Secrets, and whose steps say so for the next run.

    By name, as their steps run side by side.
    """
    nodes = [step for step in one.of("Command") if step.name.startswith("k3s-node-oracle-")]
    steps = {step.name: step.inputs["create"] for step in nodes if "create" in step.inputs}
    told = [name for name, text in steps.items() if "secrets-encryption: true" in text]
    assert told == [name for name, text in steps.items() if "'ENCRYPTS=yes'" in text]
    return sorted(told)


def test_a_new_cluster_encrypts_secrets() -> None:
    everyone = [f"k3s-node-oracle-{number}" for number in (1, 2, 3)]
    assert encrypting_servers(ran()) == everyone
    assert encrypting_servers(ran(option=False)) == []


def test_a_cluster_stays_as_it_began() -> None:
    """k3s can't begin to encrypt by an option alone: each server would have a key of its own."""
    everyone = [f"k3s-node-oracle-{number}" for number in (1, 2, 3)]
    assert encrypting_servers(ran(there=True)) == []
    assert encrypting_servers(ran(there=True, encrypting="oracle-2")) == everyone
    assert encrypting_servers(ran(there=True, option=True)) == everyone


def test_encrypted_secrets_stay_readable() -> None:
    with pytest.raises(SettingsError, match="secrets-encryption  is false, and this cluster has"):
        ran(there=True, encrypting="oracle-2", option=False)
