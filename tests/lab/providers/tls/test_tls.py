"""The tls stand-in: keys in all notations, certificates that verify, renewal."""

import asyncio
import base64
import hashlib
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.x509.verification import PolicyBuilder, Store
from pulumi.provider.experimental import provider as sdk

from lab.providers.properties import plain_map, value_map
from lab.providers.published import check_outputs
from lab.providers.server import EngineLog
from lab.providers.tls.__main__ import TlsProvider
from tests.lab.providers.calling import Caller


def tls(kind: str) -> Caller:
    """Calls for one of the types."""
    return Caller(TlsProvider(EngineLog("")), f"tls:index/{kind[0].lower()}{kind[1:]}:{kind}")


def key(**inputs: Any) -> dict[str, Any]:
    """Outputs of a new private key, ED25519 unless told otherwise."""
    return tls("PrivateKey").create(**({"algorithm": "ED25519"} | inputs)).outputs


@pytest.mark.parametrize(
    ("inputs", "first_line", "kind"),
    [
        ({"algorithm": "ED25519"}, "PRIVATE KEY", "ssh-ed25519"),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P256"}, "EC PRIVATE KEY", "ecdsa-sha2-nistp256"),
        ({"algorithm": "RSA", "rsaBits": 1024}, "RSA PRIVATE KEY", "ssh-rsa"),
    ],
)
def test_a_key_in_all_notations(inputs: dict[str, Any], first_line: str, kind: str) -> None:
    made = tls("PrivateKey").create(**inputs)
    outputs = made.outputs
    assert made.secrets == {"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"}
    assert outputs["privateKeyPem"].startswith(f"-----BEGIN {first_line}-----\n")
    assert outputs["privateKeyPemPkcs8"].startswith("-----BEGIN PRIVATE KEY-----\n")
    assert outputs["publicKeyOpenssh"].split()[0] == kind
    assert outputs["publicKeyOpenssh"].endswith("\n")
    line = outputs["publicKeyOpenssh"].strip().encode()
    for name in ("privateKeyPem", "privateKeyPemPkcs8"):
        public: Any = serialization.load_pem_private_key(outputs[name].encode(), None).public_key()
        assert public.public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH) == line
    digest = hashlib.sha256(base64.b64decode(line.split()[1])).digest()
    assert outputs["publicKeyFingerprintSha256"] == "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
    check_outputs("tls:index/privateKey:PrivateKey", outputs)


def test_p224_is_unknown_to_ssh() -> None:
    outputs = key(algorithm="ECDSA")
    assert (outputs["ecdsaCurve"], outputs["privateKeyOpenssh"], outputs["publicKeyOpenssh"]) == ("P224", "", "")


def test_every_change_makes_another_key() -> None:
    caller = tls("PrivateKey")
    made = caller.create(algorithm="ED25519")
    assert not caller.diff(made, algorithm="ED25519").changes
    assert caller.diff(made, algorithm="ED25519", rsaBits=4096).replaces == ["rsaBits"]
    assert caller.diff(made, algorithm="ECDSA").replaces == ["algorithm"]


@pytest.mark.parametrize(
    ("inputs", "failure"),
    [
        ({"algorithm": "DSA"}, "must be one of RSA"),
        ({"algorithm": "RSA", "rsaBits": 64}, "at least 1024"),
        ({"algorithm": "ECDSA", "ecdsaCurve": "P1"}, "P521"),
        ({}, "algorithm: missing"),
    ],
)
def test_keys_that_are_refused(inputs: dict[str, Any], failure: str) -> None:
    with pytest.raises(ValueError, match=failure):
        tls("PrivateKey").check(**inputs)


@pytest.fixture(scope="module")
def authority() -> dict[str, Any]:
    """Inputs and outputs of a CA."""
    return (
        tls("SelfSignedCert")
        .create(
            privateKeyPem=key(algorithm="ECDSA", ecdsaCurve="P256")["privateKeyPem"],
            subject={"commonName": "test CA", "organization": "tests"},
            validityPeriodHours=24,
            isCaCertificate=True,
            allowedUses=["cert_signing", "crl_signing"],
        )
        .outputs
    )


def sign(authority: dict[str, Any], **inputs: Any) -> dict[str, Any]:
    """Inputs for a server's certificate."""
    request = tls("CertRequest").create(
        privateKeyPem=key(algorithm="ECDSA", ecdsaCurve="P256")["privateKeyPem"],
        subject={"commonName": "host"},
        dnsNames=["host.test"],
        ipAddresses=["203.0.113.2"],
    )
    return {
        "caPrivateKeyPem": authority["privateKeyPem"],
        "caCertPem": authority["certPem"],
        "certRequestPem": request.outputs["certRequestPem"],
        "validityPeriodHours": 12,
        "allowedUses": ["digital_signature", "server_auth"],
    } | inputs


def test_a_signed_certificate_verifies(authority: dict[str, Any]) -> None:
    made = tls("LocallySignedCert").create(**sign(authority))
    assert made.secrets == {"caPrivateKeyPem"}
    store = Store([x509.load_pem_x509_certificate(authority["certPem"].encode())])
    certificate = x509.load_pem_x509_certificate(made.outputs["certPem"].encode())
    PolicyBuilder().store(store).build_server_verifier(x509.DNSName("host.test")).verify(certificate, [])


def test_a_certificate_is_renewed_when_its_time_has_come(authority: dict[str, Any]) -> None:
    caller, inputs = tls("LocallySignedCert"), sign(authority)
    made = caller.create(**inputs)
    assert not caller.diff(made, **inputs).changes
    later = caller.diff(made, **inputs, earlyRenewalHours=2)
    assert later.changes
    assert later.replaces == []
    assert "readyForRenewal" in caller.diff(made, **inputs, earlyRenewalHours=13).replaces
    assert caller.diff(made, **(inputs | {"validityPeriodHours": 13})).replaces == ["validityPeriodHours"]


def test_a_use_that_there_is_not_is_named(authority: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"allowedUses: fly: use .*digital_signature"):
        tls("LocallySignedCert").check(**sign(authority, allowedUses=["fly"]))


@pytest.mark.parametrize("name", ["validityPeriodHours", "earlyRenewalHours"])
def test_no_time_is_negative(authority: dict[str, Any], name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} must be at least 0"):
        tls("LocallySignedCert").check(**sign(authority, **{name: -1}))


def test_only_its_own_key_signs_for_an_authority(authority: dict[str, Any]) -> None:
    another = key(algorithm="ECDSA", ecdsaCurve="P256")
    with pytest.raises(RuntimeError, match="caPrivateKeyPem: it is not the key of caCertPem"):
        tls("LocallySignedCert").create(**sign(authority, caPrivateKeyPem=another["privateKeyPem"]))


def test_a_key_in_opensshs_format_is_none_in_pem(authority: dict[str, Any]) -> None:
    another = key(algorithm="ECDSA", ecdsaCurve="P256")
    with pytest.raises(RuntimeError, match="caPrivateKeyPem: no private key in the format of this input"):
        tls("LocallySignedCert").create(**sign(authority, caPrivateKeyPem=another["privateKeyOpenssh"]))


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"isCaCertificate": True}, "at least one part of a name in its subject"),
        ({"isCaCertificate": True, "subject": {}}, "at least one part of a name in its subject"),
        ({"setAuthorityKeyId": True}, "the certificate has no key identifier"),
    ],
)
def test_a_certificate_of_its_own_that_is_refused(inputs: dict[str, Any], reason: str) -> None:
    common = {"privateKeyPem": key()["privateKeyPem"], "validityPeriodHours": 24, "allowedUses": ["cert_signing"]}
    with pytest.raises(RuntimeError, match=reason):
        tls("SelfSignedCert").create(**common, **inputs)


def test_a_key_that_is_none_is_not_shown(authority: dict[str, Any]) -> None:
    with pytest.raises(RuntimeError, match="caPrivateKeyPem: no private key") as caught:
        tls("LocallySignedCert").create(**sign(authority, caPrivateKeyPem="sesame"))
    assert "sesame" not in str(caught.value)


def test_the_public_half_of_a_key() -> None:
    made = key()
    request = sdk.InvokeRequest(
        "tls:index/getPublicKey:getPublicKey", value_map({"privateKeyOpenssh": made["privateKeyOpenssh"]})
    )
    answer = asyncio.run(TlsProvider(EngineLog("")).invoke(request))
    assert plain_map(answer.return_value or {})["publicKeyOpenssh"] == made["publicKeyOpenssh"]
