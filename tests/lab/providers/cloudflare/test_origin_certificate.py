"""cloudflare.OriginCaCertificate: what the origin CA signs, for how long, and what it refuses."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from lab.internet.ca import ensure_origin_authority
from lab.providers import published
from lab.providers.cloudflare.origin_certificate import VALIDITIES
from lab.providers.properties import UNKNOWN, value_map
from tests.lab.providers.calling import Caller
from tests.lab.providers.cloudflare.conftest import DOMAIN, Known

EC_KEY = ec.generate_private_key(ec.SECP256R1())


def request(key: Any = EC_KEY) -> str:
    """A certificate signing request of a key."""
    digest = None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    made = x509.CertificateSigningRequestBuilder(x509.Name([])).sign(key, digest)
    return made.public_bytes(Encoding.PEM).decode()


REQUEST = request()


def inputs(**changes: Any) -> dict[str, Any]:
    """What the program asks for."""
    names = [f"*.{DOMAIN}", DOMAIN]
    return {"csr": REQUEST, "hostnames": names, "requestType": "origin-ecc", "requestedValidity": 90} | changes


@pytest.fixture
def certificates(known: Known) -> Caller:
    return known.caller("OriginCaCertificate")


def test_the_certificate_is_of_the_origin_ca_for_the_key_and_the_names(known: Known, certificates: Caller) -> None:
    made = certificates.create(**inputs())
    published.check_outputs(certificates.token, made.outputs)
    certificate = x509.load_pem_x509_certificate(made.outputs["certificate"].encode())
    authority, _ = ensure_origin_authority(known.account.folder).load()
    certificate.verify_directly_issued_by(authority)
    assert certificate.public_key() == EC_KEY.public_key()
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == [f"*.{DOMAIN}", DOMAIN]


def test_it_ends_when_it_says(certificates: Caller) -> None:
    made = certificates.create(**inputs(requestedValidity=7))
    certificate = x509.load_pem_x509_certificate(made.outputs["certificate"].encode())
    end = datetime.strptime(made.outputs["expiresOn"], "%Y-%m-%d %H:%M:%S %z UTC")
    assert end == certificate.not_valid_after_utc
    assert timedelta(days=6, hours=23, minutes=58) < end - datetime.now(UTC) <= timedelta(days=7)


def test_fifteen_years_if_nothing_is_said(certificates: Caller) -> None:
    wanted = {name: value for name, value in inputs().items() if name != "requestedValidity"}
    assert certificates.create(**wanted).outputs["requestedValidity"] == VALIDITIES[-1]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"requestedValidity": 45}, "45: it is one of 7, 30, 90, 365, 730, 1095, 5475 days"),
        ({"requestType": "origin-dsa"}, "one of origin-rsa, origin-ecc, keyless-certificate"),
        ({"hostnames": [f"*.*.{DOMAIN}"]}, "wildcard stands for the first label only"),
        ({"hostnames": [f"a.*.{DOMAIN}"]}, "wildcard stands for the first label only"),
        ({"hostnames": ["*.example"]}, "not a full domain name"),
        ({"hostnames": []}, "0 hostnames"),
    ],
)
def test_refuses_before_the_api_is_asked(certificates: Caller, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason.replace("*", r"\*")):
        certificates.check(**inputs(**changes))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"hostnames": [DOMAIN, "www.other.example"]}, r"hostname www\.other\.example: its zone is not .* \(1010\)"),
        ({"hostnames": [f"not-{DOMAIN}"]}, r"\(1010\)"),
        ({"csr": "nothing"}, r"can't be read.* \(1005\)"),
        ({"csr": request(rsa.generate_private_key(65537, 2048))}, "not of the kind that origin-ecc is for"),
        ({"csr": request(rsa.generate_private_key(65537, 1024)), "requestType": "origin-rsa"}, "1024 bits"),  # noqa: S505
        ({"csr": request(ed25519.Ed25519PrivateKey.generate())}, "neither RSA nor ECDSA"),
    ],
)
def test_refuses_what_the_api_refuses(known: Known, certificates: Caller, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(RuntimeError, match=reason):
        certificates.create(**inputs(**changes))
    assert known.cloud.records() == {}


@pytest.mark.parametrize(
    "changes", [{"requestedValidity": 7}, {"hostnames": [DOMAIN]}, {"csr": request()}, {"requestType": "origin-rsa"}]
)
def test_every_change_needs_a_new_one(certificates: Caller, changes: dict[str, Any]) -> None:
    made = certificates.create(**inputs())
    assert certificates.diff(made, **inputs(**changes)).replaces == list(changes)


def test_names_in_another_order_need_a_new_one(certificates: Caller) -> None:
    made = certificates.create(**inputs())
    assert certificates.diff(made, **inputs(hostnames=[DOMAIN, f"*.{DOMAIN}"])).replaces == ["hostnames"]


@pytest.mark.parametrize(
    ("names", "replaced"), [([f"*.{DOMAIN}", DOMAIN], False), ([DOMAIN, f"*.{DOMAIN}"], True)], ids=["sorted", "not"]
)
def test_a_refresh_finds_the_names_sorted(certificates: Caller, names: list[str], replaced: bool) -> None:
    wanted = inputs(hostnames=names)
    made = certificates.create(**wanted)
    assert made.outputs["hostnames"] == names
    refreshed = replace(made, properties=certificates.read(made, value_map(wanted)).properties)
    assert refreshed.outputs["hostnames"] == [f"*.{DOMAIN}", DOMAIN]
    assert certificates.diff(refreshed, **wanted).changes == replaced


def test_a_preview_without_a_request_is_fine(certificates: Caller) -> None:
    shown = certificates.create(preview=True, **inputs(csr=UNKNOWN))
    assert shown.outputs["certificate"] == UNKNOWN


def test_a_revoked_one_is_gone(known: Known, certificates: Caller) -> None:
    made = certificates.create(**inputs())
    certificates.delete(made)
    assert known.cloud.records() == {}
    assert certificates.read(made, {}).resource_id == ""
