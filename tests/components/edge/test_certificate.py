"""The origin certificate: for which names, how long, and when it is made anew."""

from functools import partial

import pulumi
import pytest

from components.edge.certificate import OriginCertificate, OriginCertificateArgs
from components.renewal import DAY, LONGEST_DAYS, period
from components.settings.edge import Edge
from tests.engine import Run, run

CLOCK = "components.renewal.time.time"


def declare(days: int) -> None:
    made = OriginCertificate("origin", OriginCertificateArgs("example.org", days))
    pulumi.export("certificate", made.certificate)
    pulumi.export("private_key", made.private_key)


def ran(days: int = 90, preview: bool = False) -> Run:
    return run(partial(declare, days), preview=preview)


def test_it_is_for_the_domain_and_all_names_one_label_below_sorted_as_the_api_gives_them_back() -> None:
    certificate = ran().one("OriginCaCertificate", "origin").inputs
    assert certificate["hostnames"] == ["*.example.org", "example.org"]
    assert certificate["requestedValidity"] == 90
    assert certificate["requestType"] == "origin-ecc"
    assert certificate["csr"] == "request origin"


def test_its_key_is_an_elliptic_one_and_secret() -> None:
    seen = ran()
    key = seen.one("PrivateKey", "origin").inputs
    assert (key["algorithm"], key["ecdsaCurve"]) == ("ECDSA", "P256")
    assert "privateKeyPem" in seen.one("CertRequest", "origin").secrets
    assert seen.secret_outputs == {"private_key"}


def test_a_preview_shows_all_of_it() -> None:
    kinds = [resource.type.rpartition(":")[2] for resource in ran(preview=True).resources]
    assert kinds == ["OriginCertificate", "PrivateKey", "CertRequest", "OriginCaCertificate"]


def trigger(seen: Run) -> str:
    return str(seen.one("PrivateKey", "origin").request.replacement_trigger.string_value)


def test_key_and_certificate_are_made_anew_in_every_period(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 90 * DAY * 2 / 3 * 300
    monkeypatch.setattr(CLOCK, lambda: now)
    first = trigger(ran())
    monkeypatch.setattr(CLOCK, lambda: now + 59 * DAY)
    assert trigger(ran()) == first
    monkeypatch.setattr(CLOCK, lambda: now + 60 * DAY)
    assert trigger(ran()) != first


def test_another_validity_is_another_certificate_at_once() -> None:
    assert trigger(ran(90)) != trigger(ran(30))


def test_a_long_one_is_made_anew_after_half_a_year_and_lasts_for_two_and_a_half_without_any_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = 180 * DAY * 120
    monkeypatch.setattr(CLOCK, lambda: now)
    first = period(1095)
    monkeypatch.setattr(CLOCK, lambda: now + 179 * DAY)
    assert period(1095) == first
    monkeypatch.setattr(CLOCK, lambda: now + 180 * DAY)
    assert period(1095) != first
    assert 1095 - LONGEST_DAYS > 26 * 31
    assert Edge().certificate_days == 1095


@pytest.mark.parametrize("days", [7, 30, 90, 365, 730, 1095, 5475])
def test_a_period_is_over_before_two_thirds_of_the_validity(days: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for made in range(20):
        monkeypatch.setattr(CLOCK, lambda at=1_790_000_000 + made * 12345: at)
        before = period(days)
        monkeypatch.setattr(CLOCK, lambda at=1_790_000_000 + made * 12345: at + days * DAY * 2 // 3 + 1)
        assert period(days) != before
