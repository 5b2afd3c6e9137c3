"""`cloudflare.OriginCaCertificate`: signed by the lab's origin CA, which only the edge trusts."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from pulumi.provider.experimental.provider import CheckFailure

from lab.internet.ca import ensure_origin_authority
from lab.providers.cloudflare.cloud import Cloud, CloudflareError, new_id, outputs_of, refused
from lab.providers.cloudflare.hostnames import problems, zone_of
from lab.providers.properties import has_unknown
from lab.providers.stand_in import ResourceType, Values

OriginKey: TypeAlias = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

KIND = "origin_certificate"
VALIDITIES = (7, 30, 90, 365, 730, 1095, 5475)
"""Allowed lifetimes of a certificate, in days."""
LONGEST = VALIDITIES[-1]
KEYS = {"origin-rsa": rsa.RSAPublicKey, "origin-ecc": ec.EllipticCurvePublicKey}
"""Kinds of public keys by request type."""
SMALLEST_RSA_KEY = 2048
OTHER_TYPES = ("keyless-certificate",)
WHAT = "origin certificate"


class OriginCaCertificate(ResourceType):
    """A certificate for an origin. Any change replaces it and revokes the old one.

    The published provider also replaces it when the order of `hostnames` differs. Cloudflare's API returns them sorted
    (cloudflare/terraform-provider-cloudflare: origin_ca_certificate/schema.go, issue 5392). So unsorted names lead to a
    new certificate after each refresh.
    """

    published_as = "cloudflare:index/originCaCertificate:OriginCaCertificate"
    replaced_by = frozenset({"csr", "hostnames", "requestType", "requestedValidity"})

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse unknown validities and types."""
        days, kind, names = inputs["requestedValidity"], inputs["requestType"], inputs["hostnames"]
        if not has_unknown(days) and days not in VALIDITIES:
            allowed = ", ".join(map(str, VALIDITIES))
            yield CheckFailure("requestedValidity", f"requestedValidity is {days}: it is one of {allowed} days")
        if not has_unknown(kind) and kind not in (*KEYS, *OTHER_TYPES):
            yield CheckFailure("requestType", f"requestType is {kind}: it is one of {', '.join((*KEYS, *OTHER_TYPES))}")
        if not has_unknown(names):
            for problem in problems(names):
                yield CheckFailure("hostnames", problem)

    def defaults(self, inputs: Values) -> Values:
        """Fifteen years by default."""
        return {"requestedValidity": LONGEST}

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Sign the request."""
        self._cloud.authorize()
        zones = self._cloud.account.zones()
        for name in inputs["hostnames"]:
            if zone_of(name, zones) is None:
                text = f"failed to validate requested hostname {name}: its zone is not of this account"
                raise refused(WHAT, "400 Bad Request", 1010, text)
        public_key = requested_key(inputs["csr"], inputs["requestType"])
        certificate = self._signed(public_key, inputs["hostnames"], timedelta(days=inputs["requestedValidity"]))
        certificate_id = new_id()
        record = {
            "_type": KIND,
            **inputs,
            "certificate": certificate.public_bytes(serialization.Encoding.PEM).decode(),
            "expiresOn": certificate.not_valid_after_utc.strftime("%Y-%m-%d %H:%M:%S +0000 UTC"),
        }
        with self._cloud.changing() as records:
            records[certificate_id] = record
        return certificate_id, outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Revoke it. Cloudflare's edge does not check revocation, and neither does the lab's."""
        self._cloud.remove(resource_id)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The certificate, with its names sorted. None if it is revoked."""
        record = self._cloud.record(resource_id)
        return record and record | {"hostnames": sorted(record["hostnames"])}

    def _signed(self, public_key: OriginKey, names: list[str], life: timedelta) -> x509.Certificate:
        authority, key = ensure_origin_authority(self._cloud.account.folder).load()
        begin = datetime.now(UTC).replace(second=0, microsecond=0)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Origin certificate of a tailnet-k3s lab")])
        extensions: list[tuple[x509.ExtensionType, bool]] = [
            (x509.SubjectAlternativeName([x509.DNSName(name.lower()) for name in names]), False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
            (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False),
        ]
        builder = x509.CertificateBuilder(authority.subject, subject, public_key, x509.random_serial_number())
        builder = builder.not_valid_before(begin).not_valid_after(begin + life)
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(key, hashes.SHA256())


def requested_key(csr: str, request_type: str) -> OriginKey:
    """The public key of a signing request. Raises CloudflareError unless the request is valid and signed with it."""
    try:
        request = x509.load_pem_x509_csr(csr.encode())
        key = request.public_key()
        valid = request.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise wrong_request("it can't be read: it must be a PEM text") from None
    if not valid:
        raise wrong_request("it is not signed with its own key")
    if not isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
        raise wrong_request("its key is neither RSA nor ECDSA")
    if not isinstance(key, KEYS.get(request_type, object)):
        raise wrong_request(f"its key is not of the kind that {request_type} is for")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SMALLEST_RSA_KEY:
        raise wrong_request(f"its key has {key.key_size} bits, of at least {SMALLEST_RSA_KEY}")
    return key


def wrong_request(reason: str) -> CloudflareError:
    """The API's error for a certificate signing request that it refuses."""
    return refused(WHAT, "400 Bad Request", 1005, f"the certificate signing request is wrong: {reason}")
