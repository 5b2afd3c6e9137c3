"""Secrets of a stack's file: read with the passphrase alone. That Pulumi reads them is shown with the real engine."""

import pytest

from lab.engine.cipher import Cipher, Secret


@pytest.fixture(scope="module")
def cipher() -> Cipher:
    return Cipher("passphrase")


def test_what_was_encrypted_is_read_with_the_salt_that_stands_in_the_file(cipher: Cipher) -> None:
    encrypted = cipher.encrypt("hunter2 ü")
    assert encrypted.startswith("v1:")
    assert encrypted != cipher.encrypt("hunter2 ü")
    assert Cipher("passphrase", cipher.encryption_salt).decrypt(encrypted) == "hunter2 ü"


def test_another_passphrase_is_told_at_once(cipher: Cipher) -> None:
    with pytest.raises(ValueError, match="encryptionsalt belongs to another passphrase"):
        Cipher("another", cipher.encryption_salt)


@pytest.mark.parametrize("text", ["", "v1", "v1:a:b", "v1:AAAAAAAAAAAAAAAA:AAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x:y:z:1"])
def test_what_was_encrypted_otherwise_is_nothing(cipher: Cipher, text: str) -> None:
    assert cipher.decrypt(text) is None


def test_a_secret_is_not_printed() -> None:
    assert "hunter2" not in repr({"key": Secret("hunter2")})
