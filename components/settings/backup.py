"""Settings of backups: the bucket, its key, and to whom backups are encrypted; and which backup to restore."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

from components.settings.part import HttpsUrl, Part
from components.settings.storage import BucketName

CHARACTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
MAKE_ONE = "Make a pair by `age-keygen -o backup.key`"
GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def public_key(text: str) -> str:
    """A public key of age. Its checksum is verified: nobody could open backups to a misspelt key."""
    if text.upper().startswith("AGE-SECRET-KEY-"):
        raise ValueError(f"is the private key. Give the public one (age-keygen -y FILE). {MAKE_ONE}, and use that.")
    if not re.fullmatch(r"age1[a-z0-9]{58}", text):
        raise ValueError(f"is not a public key of age, which begins with age1. {MAKE_ONE}.")
    if not has_checksum(text):
        raise ValueError("is misspelt: its checksum is wrong. Copy it again.")
    return text


def private_key(secret: SecretStr) -> SecretStr:
    """A private key of age: the line alone, or the whole file."""
    text = secret.get_secret_value()
    found = re.search(r"^AGE-SECRET-KEY-1[A-Z0-9]{58}$", text.strip(), re.MULTILINE)
    if not found or not has_checksum(found[0].lower()):
        raise ValueError("is not a private key of age. Give the line that begins with AGE-SECRET-KEY-1.")
    return SecretStr(found[0])


def has_checksum(text: str) -> bool:
    """Whether a text in Bech32 has the right checksum (BIP 173)."""
    prefix, _, data = text.rpartition("1")
    if any(sign not in CHARACTERS for sign in data):
        return False
    values = [*(ord(sign) >> 5 for sign in prefix), 0, *(ord(sign) & 31 for sign in prefix)]
    sum_so_far = 1
    for value in (*values, *(CHARACTERS.index(sign) for sign in data)):
        top = sum_so_far >> 25
        sum_so_far = (sum_so_far & 0x1FFFFFF) << 5 ^ value
        for place, constant in enumerate(GENERATOR):
            sum_so_far ^= constant if top >> place & 1 else 0
    return sum_so_far == 1


def region_name(text: str) -> str:
    """A region of a store."""
    if not re.fullmatch(r"[a-z0-9-]+", text):
        raise ValueError("is not a region. Write it as the store's API names it, like eu-central-1.")
    return text


def folder_name(text: str) -> str:
    """A prefix of names in the bucket, without slashes at its ends."""
    if not re.fullmatch(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*", text):
        raise ValueError("is not a folder of the bucket. Use letters, digits and ._- with / between.")
    return text


def store_key(secret: SecretStr) -> SecretStr:
    """A key of the store."""
    if not re.fullmatch(r"[!-~]+", secret.get_secret_value()):
        raise ValueError("is empty, or has a space or another sign that no key has. Copy it again.")
    return secret


def backup_name(text: str) -> str:
    """`latest`, or the name of a backup."""
    if text != "latest" and not re.fullmatch(r"\d{8}T\d{4}Z-[a-z0-9-]+", text):
        raise ValueError("is not a backup's name. Write latest, or a name like 20261130T1800Z-oracle-2.")
    return text


Folder = Annotated[str, AfterValidator(folder_name)]
Key = Annotated[SecretStr, AfterValidator(store_key)]


class Backup(Part):
    """Backups of the datastore in a bucket with the API of S3. Without these settings there are none."""

    endpoint: HttpsUrl
    """URL of the store. The bucket's name comes after it: `https://s3.eu-central-1.amazonaws.com`."""
    bucket: BucketName
    """The bucket. It should be outside of the cluster, and must exist."""
    region: Annotated[str, AfterValidator(region_name)] = "us-east-1"
    """The store's region, as its API names it. Cloudflare R2: `auto`."""
    access_key: Key
    """Access key. It needs the rights to put, get and list, and not to delete."""
    secret_key: Key
    """Its secret key."""
    recipient: Annotated[str, AfterValidator(public_key)]
    """Public key of age, to which backups are encrypted. Keep the private key away from the cluster: without it nobody
    can restore."""
    every_hours: Literal[1, 2, 3, 4, 6, 8, 12, 24] = 6
    """Hours between two backups. They begin at 0:00 UTC."""
    keep: int | None = Field(default=28, ge=2, le=10000)
    """How many backups stay. If the key may not delete, all stay: use a rule of the bucket. None: delete none."""
    folder: Folder | None = None
    """Folder within the bucket. None: the stack's name."""


class Restore(Part):
    """Fills the datastore of a new, empty stack from a backup. Remove these settings afterwards."""

    backup: Annotated[str, AfterValidator(backup_name)]
    """Name of a backup, or `latest`."""
    identity: Annotated[SecretStr, AfterValidator(private_key)]
    """The private key of age that opens the backup."""
    folder: Folder | None = None
    """Folder within backup.bucket. None: that of the backups."""


def _absent(value: object) -> object:
    return value or None


OptionalBackup = Annotated[Backup | None, BeforeValidator(_absent)]
OptionalRestore = Annotated[Restore | None, BeforeValidator(_absent)]
