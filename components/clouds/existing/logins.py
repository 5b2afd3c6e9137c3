"""Settings of logins: the secrets for SSH to existing machines. They must be encrypted."""

import re
from typing import Annotated

from pydantic import AfterValidator, SecretStr

from components.settings.part import Part

PARTIAL = "is not a whole key. Paste it with its lines, from BEGIN to END OPENSSH PRIVATE KEY."


def private_key(secret: SecretStr) -> SecretStr:
    """A private key without a passphrase. Error messages contain no part of the key."""
    from cryptography.hazmat.primitives.serialization import load_ssh_private_key  # costs 0.2 s; not all stacks need it

    text = secret.get_secret_value().replace("\r\n", "\n").strip() + "\n"
    if text.startswith("ssh-"):
        raise ValueError("is a public key. Give the private one, from BEGIN to END OPENSSH PRIVATE KEY.")
    if not text.startswith("-----BEGIN OPENSSH PRIVATE KEY-----"):
        raise ValueError("is not a key in OpenSSH's format. Make one by: ssh-keygen -t ed25519 -N '' -f FILE.")
    if not re.fullmatch(r"-+BEGIN OPENSSH PRIVATE KEY-+\n[A-Za-z0-9+/=\n]+-+END OPENSSH PRIVATE KEY-+\n", text):
        raise ValueError(PARTIAL)
    try:
        load_ssh_private_key(text.encode(), password=None)
    except TypeError:
        raise ValueError("has a passphrase. Use a key without one: no one can type it while Pulumi runs.") from None
    except Exception:  # of many kinds, and some have a part of the key in their text
        raise ValueError(PARTIAL) from None
    return SecretStr(text)


class Login(Part):
    """Login for one machine. The program uses it until the machine has joined the tailnet and has the program's key."""

    private_key: Annotated[SecretStr, AfterValidator(private_key)]
    """The user's key in OpenSSH's format, without a passphrase; a secret."""
    sudo_password: SecretStr | None = None
    """Password for sudo; a secret. None: sudo asks for no password."""
