"""Settings of a database of the owner's own as the datastore."""

from typing import Annotated, Literal

from pydantic import AfterValidator, SecretStr

from components.datastore.external.target import Target, read_url
from components.datastore.settings import DatastoreSettings
from components.settings.trust import authority


def database_url(secret: SecretStr) -> SecretStr:
    """The URL of a database. Errors contain no part of it."""
    read_url(secret.get_secret_value())
    return secret


def client_certificate(text: str) -> str:
    """A certificate, and perhaps those of authorities between it and a known one."""
    from cryptography import x509  # imported here: it takes 0.2 s, and most stacks need no such certificate

    if "PRIVATE KEY" in text:
        raise ValueError("contains a private key. Give only the certificate here, and the key as `key`.")
    try:
        x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        raise ValueError("is not a certificate in PEM. Paste all of it, from BEGIN to END CERTIFICATE.") from None
    return text.strip() + "\n"


def client_key(secret: SecretStr) -> SecretStr:
    """A private key without a passphrase. Error messages contain no part of it."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    text = secret.get_secret_value().replace("\r\n", "\n").strip() + "\n"
    try:
        load_pem_private_key(text.encode(), password=None)
    except TypeError:
        raise ValueError("has a passphrase. Use a key without one: no one can type it while k3s starts.") from None
    except Exception:  # of many kinds, and some have a part of the key in their text
        raise ValueError("is not a private key in PEM. Paste all of it, from BEGIN to END PRIVATE KEY.") from None
    return SecretStr(text)


class ExternalSettings(DatastoreSettings):
    """A MySQL, MariaDB, PostgreSQL or etcd that somebody else runs, for example a cloud's database service. Every
    server reaches it by TLS. No host has the role `database`."""

    kind: Literal["external"]
    """Which database it is: one of your own."""
    url: Annotated[SecretStr, AfterValidator(database_url)]
    """Where it is and how to log in; a secret. `mysql://USER:PASSWORD@tcp(HOST:3306)/DATABASE` (MariaDB, too),
    `postgres://USER:PASSWORD@HOST:5432/DATABASE`, or etcd's `https://HOST:2379,https://HOST:2379`."""
    ca: Annotated[str, AfterValidator(authority)] | None = None
    """The authority of its certificate, in PEM. None: an authority that the hosts trust anyway."""
    certificate: Annotated[str, AfterValidator(client_certificate)] | None = None
    """The client certificate of k3s, in PEM. etcd needs one."""
    key: Annotated[SecretStr, AfterValidator(client_key)] | None = None
    """The private key of `certificate`, in PEM; a secret."""

    @property
    def target(self) -> Target:
        """The database of the URL."""
        return read_url(self.url.get_secret_value())
