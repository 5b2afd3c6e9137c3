"""What the three certificate resources share: names, uses, validity, renewal."""

import datetime
import ipaddress
from collections.abc import Iterator

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier
from pulumi.provider.experimental import provider as sdk

from lab.providers.properties import has_unknown
from lab.providers.stand_in import ResourceType, Values
from lab.providers.tls.keys import Key, PublicKey

NAME_PARTS = {
    "commonName": NameOID.COMMON_NAME,
    "organization": NameOID.ORGANIZATION_NAME,
    "organizationalUnit": NameOID.ORGANIZATIONAL_UNIT_NAME,
    "streetAddresses": NameOID.STREET_ADDRESS,
    "locality": NameOID.LOCALITY_NAME,
    "province": NameOID.STATE_OR_PROVINCE_NAME,
    "country": NameOID.COUNTRY_NAME,
    "postalCode": NameOID.POSTAL_CODE,
    "serialNumber": NameOID.SERIAL_NUMBER,
}
KEY_USES = {
    "digital_signature": "digital_signature",
    "content_commitment": "content_commitment",
    "key_encipherment": "key_encipherment",
    "data_encipherment": "data_encipherment",
    "key_agreement": "key_agreement",
    "cert_signing": "key_cert_sign",
    "crl_signing": "crl_sign",
    "encipher_only": "encipher_only",
    "decipher_only": "decipher_only",
}
EXTENDED_USES = {
    "any_extended": ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,
    "server_auth": ExtendedKeyUsageOID.SERVER_AUTH,
    "client_auth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "code_signing": ExtendedKeyUsageOID.CODE_SIGNING,
    "email_protection": ExtendedKeyUsageOID.EMAIL_PROTECTION,
    "timestamping": ExtendedKeyUsageOID.TIME_STAMPING,
    "ocsp_signing": ExtendedKeyUsageOID.OCSP_SIGNING,
    "ipsec_end_system": ObjectIdentifier("1.3.6.1.5.5.7.3.5"),
    "ipsec_tunnel": ObjectIdentifier("1.3.6.1.5.5.7.3.6"),
    "ipsec_user": ObjectIdentifier("1.3.6.1.5.5.7.3.7"),
}


USES = {*KEY_USES, *EXTENDED_USES}


class Certificate(ResourceType):
    """A certificate. Any change replaces it, but that of `earlyRenewalHours`. So does the time when renewal is due."""

    def defaults(self, inputs: Values) -> Values:
        return {"earlyRenewalHours": 0, "isCaCertificate": False, "setSubjectKeyId": False}

    def check(self, inputs: Values) -> Iterator[sdk.CheckFailure]:
        if not has_unknown(names := inputs["allowedUses"]) and (unknown := sorted(set(names) - USES)):
            yield sdk.CheckFailure("allowedUses", f"allowedUses: {', '.join(unknown)}: use {', '.join(sorted(USES))}")
        for name in ("validityPeriodHours", "earlyRenewalHours"):
            if not has_unknown(inputs[name]) and inputs[name] < 0:
                yield sdk.CheckFailure(name, f"{name} must be at least 0")

    def is_replaced_by(self, path: str) -> bool:
        return path != "earlyRenewalHours"

    def changes(self, state: Values, inputs: Values) -> dict[str, bool]:
        renew = not has_unknown(inputs.get("earlyRenewalHours")) and renewal_has_come(state | inputs)
        return super().changes(state, inputs) | ({"readyForRenewal": True} if renew else {})

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        return state | inputs

    def read(self, resource_id: str, state: Values) -> Values | None:
        return state | {"readyForRenewal": renewal_has_come(state)} if state else None

    def delete(self, resource_id: str, state: Values) -> None:
        """Nothing to do: the certificate is in the state only."""


def renewal_has_come(state: Values) -> bool:
    """Whether the certificate has expired, or expires within `earlyRenewalHours`."""
    end = datetime.datetime.fromisoformat(state["validityEndTime"])
    return datetime.datetime.now(datetime.UTC) >= end - datetime.timedelta(hours=state.get("earlyRenewalHours") or 0)


def begin(inputs: Values, public_key: PublicKey, subject: x509.Name, issuer: x509.Name) -> x509.CertificateBuilder:
    """Starts a certificate for the key, valid from now, with the uses and limits of the inputs."""
    start = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
    is_ca = bool(inputs.get("isCaCertificate"))
    if is_ca and not list(subject):
        raise RuntimeError("a certificate authority needs at least one part of a name in its subject (RFC 5280)")
    builder = (
        x509.CertificateBuilder(issuer, subject, public_key, x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(hours=inputs["validityPeriodHours"]))
        .add_extension(x509.BasicConstraints(is_ca, inputs.get("maxPathLength") if is_ca else None), critical=True)
    )
    for extension, critical in uses(inputs["allowedUses"]):
        builder = builder.add_extension(extension, critical)
    if is_ca or inputs.get("setSubjectKeyId"):
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    return builder


def uses(names: list[str]) -> Iterator[tuple[x509.ExtensionType, bool]]:
    """Extensions for allowed uses."""
    if set(names) & set(KEY_USES):
        yield x509.KeyUsage(**{flag: name in names for name, flag in KEY_USES.items()}), True
    if set(names) & set(EXTENDED_USES):
        yield x509.ExtendedKeyUsage([EXTENDED_USES[name] for name in names if name in EXTENDED_USES]), False


def name_of(subject: Values) -> x509.Name:
    """A distinguished name of the subject's parts."""
    attributes: list[x509.NameAttribute[str]] = []
    for part, oid in NAME_PARTS.items():
        given = subject.get(part) or []
        attributes += [x509.NameAttribute(oid, text) for text in (given if isinstance(given, list) else [given])]
    return x509.Name(attributes)


def other_names(inputs: Values) -> x509.SubjectAlternativeName | None:
    """The DNS names, addresses and URIs of the inputs, or None."""
    names: list[x509.GeneralName] = [x509.DNSName(name) for name in inputs.get("dnsNames") or []]
    names += [x509.IPAddress(ipaddress.ip_address(address)) for address in inputs.get("ipAddresses") or []]
    names += [x509.UniformResourceIdentifier(uri) for uri in inputs.get("uris") or []]
    return x509.SubjectAlternativeName(names) if names else None


def digest_for(key: Key) -> hashes.SHA256 | None:
    """The hash for signatures. None for ED25519, which has its own."""
    return None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()


def finished(certificate: x509.Certificate, inputs: Values) -> tuple[str, Values]:
    """Id and outputs of a signed certificate."""
    outputs = {
        "certPem": certificate.public_bytes(serialization.Encoding.PEM).decode(),
        "validityStartTime": certificate.not_valid_before_utc.isoformat().replace("+00:00", "Z"),
        "validityEndTime": certificate.not_valid_after_utc.isoformat().replace("+00:00", "Z"),
        "readyForRenewal": False,
    }
    return str(certificate.serial_number), inputs | outputs
