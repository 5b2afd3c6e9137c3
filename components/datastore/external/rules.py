"""Rules of a database of the owner's own: its client certificate, and who makes its backups."""

from components.datastore.external.settings import ExternalSettings
from components.settings.backup import Backup
from components.settings.errors import Finding
from components.settings.rules.rule import Findings


def certificate_and_key_are_a_pair(datastore: ExternalSettings) -> Findings:
    """k3s would not start with one of them, or with the key of another certificate."""
    if datastore.certificate and not datastore.key:
        yield Finding("datastore.key", "is missing, and datastore.certificate is of no use without it. Add it.")
    elif datastore.key and not datastore.certificate:
        yield Finding("datastore.certificate", "is missing, and datastore.key is of no use without it. Add it.")
    elif (
        datastore.certificate and datastore.key and not _match(datastore.certificate, datastore.key.get_secret_value())
    ):
        yield Finding("datastore.key", "belongs to another certificate than datastore.certificate. Give both anew.")


def _match(certificate: str, key: str) -> bool:
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return (
        x509.load_pem_x509_certificate(certificate.encode()).public_key()
        == load_pem_private_key(key.encode(), password=None).public_key()
    )


def etcd_knows_k3s_by_its_certificate(datastore: ExternalSettings) -> Findings:
    """k3s has no other way to log in to etcd. Without one, everybody who reaches the port reads the whole cluster."""
    if datastore.target.engine == "etcd" and not (datastore.certificate or datastore.key):
        yield Finding(
            "datastore.certificate", "is missing: k3s logs in to etcd by a client certificate alone. Add it, and key."
        )


def external_makes_its_own_backups(datastore: ExternalSettings, backup: Backup | None) -> Findings:
    """The program takes them on hosts with the role `database` alone."""
    if backup is not None:
        yield Finding(
            "backup",
            "can't be made of an external datastore. Remove it, and have backups made where the database runs.",
        )
