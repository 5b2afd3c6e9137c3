"""Checks osProfile as Azure does: who may log in to a machine, and the custom data for its first boot."""

import base64
import binascii
import re
from collections.abc import Iterator

from lab.providers.azure_native.cloud import CloudError
from lab.providers.stand_in import Values

CUSTOM_DATA_BYTES = 65535
COMPUTER_NAME = r"[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?"
USER = r"[a-z_][a-z0-9_-]{0,63}"
# Names that Azure does not allow for a user of a Linux machine, from its documentation.
REFUSED_USER = re.compile(
    r"1|123|a|actuser|adm|admin[12]?|administrator|aspnet|backup|console|david|guest|john|owner|root|server|sql"
    r"|support|support_388945a0|sys|test[1-3]?|user[1-5]?|video"
)
KEY_TYPES = ("ssh-rsa ", "ssh-ed25519 ")


def login_problems(profile: Values) -> Iterator[str]:
    """Problems of osProfile: what Azure refuses, and passwords, which the lab does not support."""
    user, linux = profile.get("adminUsername"), profile.get("linuxConfiguration") or {}
    if isinstance(user, str) and (REFUSED_USER.fullmatch(user) or not re.fullmatch(USER, user)):
        yield f"the Admin Username specified is not allowed: {user!r}"
    if "adminPassword" in profile or "windowsConfiguration" in profile:
        yield "adminPassword, windowsConfiguration: the lab's hosts run Debian, and no password logs in to them"
    name = profile.get("computerName")
    if isinstance(name, str) and not re.fullmatch(COMPUTER_NAME, name):
        yield f"computerName: {name!r} is no host name"
    if isinstance(linux, dict):
        yield from key_problems(linux, user if isinstance(user, str) else None)


def key_problems(linux: Values, user: str | None) -> Iterator[str]:
    """Problems of linuxConfiguration, as far as it is known."""
    if linux.get("disablePasswordAuthentication") is False:
        yield "linuxConfiguration.disablePasswordAuthentication: no password logs in to the lab's hosts"
    keys = (linux.get("ssh") or {}).get("publicKeys")
    for each in keys if isinstance(keys, list) else ():
        path, data = each.get("path"), each.get("keyData")
        if isinstance(path, str) and user and path != f"/home/{user}/.ssh/authorized_keys":
            yield f"linuxConfiguration.ssh.publicKeys.path is limited to /home/{user}/.ssh/authorized_keys, not {path}"
        if isinstance(data, str) and not data.startswith(KEY_TYPES):
            yield "the value of linuxConfiguration.ssh.publicKeys.keyData is invalid: it is no RSA or Ed25519 key"


def require_login(profile: Values, what: str) -> None:
    """Raise CloudError unless there is a user with a key. This check needs all values, so it runs at the update."""
    linux = profile.get("linuxConfiguration") or {}
    keys = (linux.get("ssh") or {}).get("publicKeys") or []
    if not profile.get("adminUsername"):
        raise CloudError(what, "InvalidParameter", "Required parameter 'adminUsername' is missing (null)")
    if not linux.get("disablePasswordAuthentication"):
        message = "Required parameter 'adminPassword' is missing (null): set disablePasswordAuthentication"
        raise CloudError(what, "InvalidParameter", message)
    if not any(each.get("keyData") for each in keys):
        message = "linuxConfiguration.ssh.publicKeys needs a key where passwords are disabled"
        raise CloudError(what, "InvalidParameter", message)


def custom_data_problem(profile: Values) -> str | None:
    """Why Azure refuses custom data: it is not base64, or has more than 65,535 bytes."""
    data = profile.get("customData")
    if not isinstance(data, str):
        return None
    try:
        size = len(base64.b64decode(data, validate=True))
    except binascii.Error:
        size = CUSTOM_DATA_BYTES + 1
    if size <= CUSTOM_DATA_BYTES:
        return None
    return "Custom data in OSProfile must be in Base64 encoding and with a maximum length of 87380 characters"
