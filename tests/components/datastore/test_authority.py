"""The datastore's authority: for whom it signs, and what happens to certificates when they are renewed."""

import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.datastore.authority import AUTHORITY_DAYS, CERTIFICATE_DAYS, HOURS, create_authority, identify_host
from components.renewal import DAY
from lab.providers.tls.certificates import CertRequest, LocallySignedCert, SelfSignedCert
from lab.providers.tls.private_key import PrivateKey
from tests.engine import Run, run
from tests.stack import host


def declare() -> None:
    authority = create_authority("authority")
    own = identify_host("member", authority, host("oracle-1", 1, "database"))
    pulumi.export("certificate", own.certificate)
    pulumi.export("key", own.key)
    pulumi.export("authority", authority.certificate)


@cache
def ran() -> Run:
    return run(declare)


def test_a_host_is_known_by_its_name_and_its_addresses() -> None:
    request = ran().one("CertRequest", "member").inputs
    assert request["subject"] == {"commonName": "oracle-1"}
    assert (request["dnsNames"], request["ipAddresses"]) == (["oracle-1"], ["100.64.0.1", "127.0.0.1"])
    signed = ran().one("LocallySignedCert", "member").inputs
    assert signed["caCertPem"] == "certificate authority"
    assert signed["allowedUses"] == ["digital_signature", "server_auth", "client_auth"]


def test_keys_are_elliptic_and_secret() -> None:
    for name in ("authority", "member"):
        key = ran().one("PrivateKey", name).inputs
        assert (key["algorithm"], key["ecdsaCurve"]) == ("ECDSA", "P256")
    assert ran().secret_outputs == {"key"}
    assert "caPrivateKeyPem" in ran().one("LocallySignedCert", "member").secrets


def triggers(seen: Run) -> dict[str, str]:
    return {f"{one.type.rpartition(':')[2]} {one.name}": one.request.replacement_trigger.string_value
            for one in seen.resources}  # fmt: skip


def test_each_is_renewed_by_the_calendar_and_the_authority_keeps_its_key(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 5 * 365 * DAY * 12.0
    monkeypatch.setattr("components.renewal.time.time", lambda: now)
    first = triggers(run(declare))
    monkeypatch.setattr("components.renewal.time.time", lambda: now + 181 * DAY)
    later = triggers(run(declare))
    assert {name for name in first if later[name] != first[name]} == {"PrivateKey member"}
    monkeypatch.setattr("components.renewal.time.time", lambda: now + 5 * 365 * DAY)
    last = triggers(run(declare))
    assert {name for name in first if last[name] != first[name]} == {"PrivateKey member", "SelfSignedCert authority"}
    assert 5 * 365 + CERTIFICATE_DAYS < AUTHORITY_DAYS, "what it has signed lasts as long as it does"


def test_old_and_new_certificates_are_valid_under_an_old_and_a_new_authority(tmp_path: Path) -> None:
    key: Any = PrivateKey().create({"algorithm": "ECDSA", "ecdsaCurve": "P256", "rsaBits": 2048})[1]["privateKeyPem"]
    of_ca = {"privateKeyPem": key, "subject": {"commonName": "a"}, "isCaCertificate": True}
    more = {"validityPeriodHours": AUTHORITY_DAYS * HOURS, "allowedUses": ["cert_signing", "crl_signing"]}
    authorities = [SelfSignedCert().create(of_ca | more)[1]["certPem"] for _ in range(2)]
    request = CertRequest().create({"privateKeyPem": key, "subject": {"commonName": "oracle-1"}})[1]["certRequestPem"]
    assert authorities[0] != authorities[1]
    for signer in authorities:
        inputs = {"certRequestPem": request, "caPrivateKeyPem": key, "caCertPem": signer}
        uses = {"allowedUses": ["server_auth", "client_auth"], "validityPeriodHours": 1}
        (tmp_path / "leaf").write_text(LocallySignedCert().create(inputs | uses)[1]["certPem"])
        for trusted in authorities:
            (tmp_path / "ca").write_text(trusted)
            verify = ["openssl", "verify", "-CAfile", str(tmp_path / "ca"), str(tmp_path / "leaf")]
            seen = subprocess.run(verify, capture_output=True, text=True, check=False)
            assert seen.returncode == 0, seen.stderr
