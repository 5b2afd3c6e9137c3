"""Settings of a zone: the mode that the edge obeys, and the certificate that it shows to origins."""

from typing import Any

import pytest

from lab.providers import published
from lab.providers.tls.certificates import SelfSignedCert
from lab.providers.tls.private_key import PrivateKey
from tests.lab.providers.calling import Caller
from tests.lab.providers.cloudflare.conftest import Known


def key_pair(authority: bool = False) -> dict[str, Any]:
    """A certificate with its key, as PEM."""
    key = PrivateKey().create({"algorithm": "RSA", "rsaBits": 2048, "ecdsaCurve": "P256"})[1]["privateKeyPem"]
    wanted = {"privateKeyPem": key, "subject": {"commonName": "edge"}, "validityPeriodHours": 24, "allowedUses": []}
    certificate = SelfSignedCert().create(wanted | {"isCaCertificate": authority})[1]["certPem"]
    return {"certificate": certificate, "privateKey": key}


@pytest.fixture
def settings(known: Known) -> Caller:
    return known.caller("ZoneSetting")


@pytest.fixture
def uploads(known: Known) -> Caller:
    return known.caller("AuthenticatedOriginPullsCertificate")


def test_the_mode_is_set_and_stays_when_it_is_no_longer_managed(known: Known, settings: Caller) -> None:
    made = settings.create(zoneId=known.zone, settingId="ssl", value="full")
    published.check_outputs(settings.token, made.outputs)
    assert made.resource_id == "ssl"
    settings.update(made, zoneId=known.zone, settingId="ssl", value="strict")
    assert known.cloud.records()[f"{known.zone}/ssl"]["value"] == "strict"
    settings.delete(made)
    assert known.cloud.records()[f"{known.zone}/ssl"]["value"] == "strict"
    assert settings.read(made, {}).properties["value"].value == "strict"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"value": "full-strict"}, "one of off, flexible, full, strict"), ({"settingId": "brotli"}, "edge has only ssl")],
)
def test_refuses_a_mode_that_there_is_not(known: Known, settings: Caller, changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        settings.check(**{"zoneId": known.zone, "settingId": "ssl", "value": "strict"} | changes)


def test_refuses_a_zone_of_somebody_else(known: Known, settings: Caller) -> None:
    with pytest.raises(RuntimeError, match="9109"):
        settings.create(zoneId="f" * 32, settingId="ssl", value="strict")


def test_a_client_certificate_is_uploaded_with_its_key_as_a_secret(known: Known, uploads: Caller) -> None:
    made = uploads.create(zoneId=known.zone, **key_pair())
    published.check_outputs(uploads.token, made.outputs)
    assert made.secrets == {"privateKey"}
    assert (made.outputs["issuer"], made.outputs["signature"]) == ("edge", "RSA-SHA256")
    assert uploads.diff(made, zoneId=known.zone, **key_pair()).replaces == ["certificate", "privateKey"]
    uploads.delete(made)
    assert known.cloud.records() == {}


def test_refuses_client_certificates_that_can_t_be_used(known: Known, uploads: Caller) -> None:
    one, other = key_pair(), key_pair()
    with pytest.raises(RuntimeError, match="not that of the certificate"):
        uploads.create(zoneId=known.zone, certificate=one["certificate"], privateKey=other["privateKey"])
    with pytest.raises(RuntimeError, match="a leaf certificate is wanted"):
        uploads.create(zoneId=known.zone, **key_pair(authority=True))
    with pytest.raises(RuntimeError, match="PEM") as raised:
        uploads.create(zoneId=known.zone, certificate="x", privateKey="hunter2")
    assert "hunter2" not in str(raised.value)


def test_pulls_are_switched_on_and_off(known: Known) -> None:
    switch = known.caller("AuthenticatedOriginPullsSettings")
    made = switch.create(zoneId=known.zone, enabled=True)
    published.check_outputs(switch.token, made.outputs)
    assert made.resource_id == known.zone
    assert switch.update(made, zoneId=known.zone, enabled=False).outputs["enabled"] is False
