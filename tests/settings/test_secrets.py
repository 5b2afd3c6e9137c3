"""What is secret in the settings is read, and told to nobody."""

import json

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption

from components.settings.errors import SettingsError
from components.settings.load import Settings
from tests.settings.files import BASE, HERE, changes, new_key, private_key
from tests.stack import overlaid


def test_secrets_are_in_no_text_of_the_settings() -> None:
    accepted = Settings.check(overlaid(BASE, changes((HERE / "good" / "all-clouds.yaml").read_text())), "x")
    secret = accepted.apps["blog"].secrets["TOKEN"].get_secret_value()
    assert (secret, accepted.clouds["existing"]["home-1"].private_key.get_secret_value()) == ("hunter2", private_key())
    for text in (repr(accepted), str(accepted), json.dumps(accepted.apps["blog"].model_dump(mode="json"))):
        for hidden in (secret, "correct horse", private_key().splitlines()[3]):
            assert hidden not in text


def test_errors_tell_nothing_of_secrets() -> None:
    whole = private_key()
    bad = {
        "logins": {"home-1": {"private_key": whole[:200]}, "home-2": {"private_key": 7}, "home-3": [whole]},
        "apps": {"blog": {"secrets": {"TOKEN": ["hunter2"], "hunter-3": "hunter4"}}, "shop": "hunter5"},
    }
    with pytest.raises(SettingsError) as refused:
        Settings.check(overlaid(BASE, bad), "Pulumi.lab.yaml")
    assert not any(hidden in str(refused.value) for hidden in ("hunter2", "hunter4", "hunter5", whole.splitlines()[1]))
    assert refused.value.__context__ is None


def test_a_key_with_a_passphrase_is_refused() -> None:
    protected = new_key(BestAvailableEncryption(b"secret"))
    with pytest.raises(SettingsError, match="has a passphrase"):
        Settings.check({**BASE, "logins": {"home-1": {"private_key": protected}}}, "Pulumi.lab.yaml")


def test_a_key_whose_lines_were_joined_is_refused() -> None:
    """As some editors paste it; ssh would not take it."""
    joined = private_key().replace("\n", " ")
    with pytest.raises(SettingsError, match="is not a whole key"):
        Settings.check({**BASE, "logins": {"home-1": {"private_key": joined}}}, "Pulumi.lab.yaml")
