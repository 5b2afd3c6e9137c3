"""Certificates on hosts: when they end, and that the step which renews them runs again in good time."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from components.look.ends import with_ends
from components.look.facts import Facts
from components.look.gather import certificates as module
from components.look.gather import reading
from components.look.gather.certificates import certificates, end_of_certificate
from components.look.gatherer import certificates_of_datastores
from components.look.reasons import Mark
from components.renewal import SOON_DAYS
from tests.certificates import ending_in
from tests.look.files import BASE

TLS = "/var/lib/rancher/k3s/server/tls"
END = datetime(2027, 11, 30, tzinfo=UTC)
DAY = 86400


def differs(days_left: float, path: str = f"{TLS}/client-admin.crt") -> tuple[str, ...]:
    """Of the node's step, on a host whose clock is so many days before END."""
    clock = BASE["clock"] | {"seconds": END.timestamp() - days_left * DAY}
    seen = BASE | {"clock": clock, "certificates": [{"path": path, "ends": int(END.timestamp())}]}
    facts = Facts.model_validate_json(json.dumps(seen))
    marks = {
        "k3s-node-oracle-1": Mark(run="a", differs=("it is stopped",)),
        "k3s-kubeconfig": Mark(run="b", differs=()),
    }
    found = with_ends("oracle-1", marks, facts)
    assert found["k3s-kubeconfig"].differs == found["k3s-node-oracle-1"].differs[1:], (
        "reads the administrator's new one"
    )
    return found["k3s-kubeconfig"].differs


def test_the_step_that_renews_runs_again_once_the_timer_should_have_done_so() -> None:
    assert differs(365) == differs(SOON_DAYS + 1) == ()
    words = f"{TLS}/client-admin.crt ends on 2027-11-30"
    assert differs(SOON_DAYS - 1) == (words,)
    assert differs(-30) == differs(-420) == (words.replace("ends", "ended"),)


def test_certificates_of_others_are_theirs() -> None:
    assert differs(5, "/etc/mine.crt") == ()


def test_a_host_without_the_step_has_nothing_to_renew() -> None:
    clock = BASE["clock"] | {"seconds": END.timestamp()}
    seen = BASE | {"clock": clock, "certificates": [{"path": f"{TLS}/a.crt", "ends": int(END.timestamp())}]}
    assert with_ends("oracle-1", {}, Facts.model_validate_json(json.dumps(seen))) == {}


def test_authorities_and_what_is_no_certificate_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ROOT", str(tmp_path))
    folder = tmp_path / TLS[1:]
    (folder / "temporary-certs").mkdir(parents=True)
    for name in ("client-admin.crt", "client-ca.crt", "client-ca.nochain.crt", "temporary-certs/loopback.crt"):
        (folder / name).write_text(ending_in(100))
    (folder / "broken.crt").write_text("-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n")
    of_galera = tmp_path / "etc/galera-tls"
    of_galera.mkdir(parents=True)
    for name in ("certificate.pem", "authority.pem"):
        (of_galera / name).write_text(ending_in(100))
    monkeypatch.setattr(module, "CERTIFICATES", (*module.CERTIFICATES, *certificates_of_datastores()))
    assert [one["path"] for one in certificates()] == [f"{TLS}/client-admin.crt", "/etc/galera-tls/certificate.pem"]


@pytest.mark.parametrize("days", [-420, -30, 30, 365, 30 * 365])
def test_the_end_is_the_first_certificates(days: int) -> None:
    """Its authority comes after it. Dates from 2050 on have another form."""
    pem = ending_in(days)
    end = x509.load_pem_x509_certificate(pem.encode()).not_valid_after_utc
    assert end_of_certificate(pem + ending_in(3650)) == end.timestamp()
    assert end_of_certificate("") is None
