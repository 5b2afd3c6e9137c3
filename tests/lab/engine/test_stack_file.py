"""A stack's file with the lab's values: merged, its secrets replaced, and the lab's own encrypted."""

from pathlib import Path

from lab.engine.cipher import Cipher, Secret
from lab.engine.stack_file import encrypted, has_secrets, hidden, merged, plain, settings_of


def test_maps_are_merged_and_lists_replaced() -> None:
    assert merged({"a": {"b": 1, "c": [1]}, "d": 1}, {"a": {"c": [2]}, "d": {"e": 1}}) == {
        "a": {"b": 1, "c": [2]},
        "d": {"e": 1},
    }


def test_a_secret_of_the_user_s_is_replaced_wherever_it_stands() -> None:
    theirs = {"secure": "v1:their:key"}
    shown = hidden({"token": theirs, "apps": {"web": {"secrets": {"KEY": theirs}}}, "list": [theirs, 1]})
    assert "their" not in str(plain(shown))
    assert has_secrets(shown)
    assert hidden({"secure": "x", "other": 1}) == {"secure": "x", "other": 1}, "a map with such a key is no secret"


def test_what_is_encrypted_stays_as_it_is_while_its_text_does() -> None:
    cipher = Cipher("passphrase")
    first = encrypted({"a": {"key": Secret("one")}, "b": [Secret("two")]}, None, cipher)
    again = encrypted({"a": {"key": Secret("one")}}, first, cipher)
    assert again == {"a": first["a"]}
    changed = encrypted({"a": {"key": Secret("other")}}, first, cipher)
    assert cipher.decrypt(changed["a"]["key"]["secure"]) == "other"
    assert cipher.decrypt(first["b"][0]["secure"]) == "two"


def test_settings_are_the_program_s_own_by_name(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.dev.yaml"
    file.write_text("config: {oci:region: here, tailnet-k3s:hosts: {a: {}}, k3s: {version: v1}}\n")
    assert settings_of(file, "tailnet-k3s") == {"hosts": {"a": {}}, "k3s": {"version": "v1"}}
    file.write_text("")
    assert settings_of(file, "tailnet-k3s") == {}
