"""A pair of keys of age: text in Bech32 (BIP 173) around a key of X25519, as age-keygen makes it."""

import secrets

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from components.settings.backup import CHARACTERS, GENERATOR


def new_age_key() -> tuple[str, str]:
    """The private key, and the public one."""
    private = secrets.token_bytes(32)
    public = X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()
    return bech32("age-secret-key-", private).upper(), bech32("age", public)


def bech32(prefix: str, content: bytes) -> str:
    """A text with its checksum."""
    bits = "".join(f"{byte:08b}" for byte in content)
    data = [int(bits[start : start + 5].ljust(5, "0"), 2) for start in range(0, len(bits), 5)]
    found = 1
    for value in (*(ord(sign) >> 5 for sign in prefix), 0, *(ord(sign) & 31 for sign in prefix), *data, *[0] * 6):
        top = found >> 25
        found = (found & 0x1FFFFFF) << 5 ^ value
        for place, constant in enumerate(GENERATOR):
            found ^= constant if top >> place & 1 else 0
    found ^= 1
    checksum = [found >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{prefix}1{''.join(CHARACTERS[value] for value in (*data, *checksum))}"
