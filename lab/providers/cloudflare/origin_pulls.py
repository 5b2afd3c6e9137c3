"""Authenticated origin pulls of a zone: the edge's client certificate for origins, and whether the edge uses it."""

from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from lab.providers.cloudflare.cloud import Cloud, CloudflareError, new_id, now, outputs_of, refused
from lab.providers.stand_in import ResourceType, Values

CERTIFICATE_KIND = "origin_pulls_certificate"
SETTINGS_KIND = "origin_pulls_settings"
WHAT = "origin pulls certificate"
Pem: TypeAlias = str


class AuthenticatedOriginPullsCertificate(ResourceType):
    """A client certificate and its key, uploaded for a whole zone. The edge uses the newest one of a zone."""

    published_as = "cloudflare:index/authenticatedOriginPullsCertificate:AuthenticatedOriginPullsCertificate"
    replaced_by = frozenset({"certificate", "privateKey", "zoneId"})
    secret = frozenset({"privateKey"})

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Upload it. Refused if key and certificate do not belong together."""
        self._cloud.zone_name(inputs["zoneId"], WHAT)
        certificate = leaf(inputs["certificate"], inputs["privateKey"])
        certificate_id = new_id()
        names = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
        record = {
            "_type": CERTIFICATE_KIND,
            **inputs,
            "certificateId": certificate_id,
            "enabled": False,
            "expiresOn": certificate.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "issuer": str(names[0].value) if names else certificate.issuer.rfc4514_string(),
            "serialNumber": str(certificate.serial_number),
            "signature": signature_of(certificate),
            "status": "active",
            "uploadedOn": now(),
        }
        with self._cloud.changing() as records:
            records[certificate_id] = record
        return certificate_id, outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Take it away."""
        self._cloud.remove(resource_id)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The certificate. The API does not return the key, so the state keeps its own."""
        return self._cloud.record(resource_id.rpartition("/")[2])


class AuthenticatedOriginPullsSettings(ResourceType):
    """Whether the edge uses a zone's client certificate. Every zone has this setting, so delete does nothing."""

    published_as = "cloudflare:index/authenticatedOriginPullsSettings:AuthenticatedOriginPullsSettings"
    replaced_by = frozenset({"zoneId"})

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Set it."""
        zone_id = inputs["zoneId"]
        self._cloud.zone_name(zone_id, "origin pulls settings")
        record = {"_type": SETTINGS_KIND, **inputs}
        with self._cloud.changing() as records:
            records[settings_id(zone_id)] = record
        return str(zone_id), outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Set it."""
        return self.create(inputs)[1]

    def delete(self, resource_id: str, state: Values) -> None:
        """Does nothing, like the published provider: the setting keeps its last value."""

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The current setting."""
        return self._cloud.record(settings_id(resource_id))


def settings_id(zone_id: str) -> str:
    """The key of a zone's settings in the records. As a resource, their ID is the zone's."""
    return f"{zone_id}/origin_tls_client_auth"


def leaf(certificate: Pem, private_key: Pem) -> x509.Certificate:
    """Reads the certificate. Raises CloudflareError unless it is a leaf certificate and the key is its own."""
    try:
        parsed = x509.load_pem_x509_certificate(certificate.encode())
        key = serialization.load_pem_private_key(private_key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise wrong("certificate and key must be PEM texts, the key without a password") from None
    encoding, form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(encoding, form) != parsed.public_key().public_bytes(encoding, form):
        raise wrong("the private key is not that of the certificate")
    if is_authority(parsed):
        raise wrong("it is an authority's: a leaf certificate is wanted")
    return parsed


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether the certificate may sign other certificates."""
    try:
        return bool(certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca)
    except x509.ExtensionNotFound:
        return False


def signature_of(certificate: x509.Certificate) -> str:
    """The API's name for the signature's algorithm."""
    digest = certificate.signature_hash_algorithm
    kind = "ECDSA" if "ecdsa" in certificate.signature_algorithm_oid._name.lower() else "RSA"
    return f"{kind}-{digest.name.upper()}" if digest else certificate.signature_algorithm_oid._name


def wrong(reason: str) -> CloudflareError:
    """The API's error for a client certificate that it refuses."""
    return refused(WHAT, "400 Bad Request", 1414, reason)
