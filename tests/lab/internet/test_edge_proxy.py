"""The edge is started for the domains of the account, with a certificate for each."""

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from lab.internet import edge_proxy
from lab.internet.ca import ensure_authority
from lab.internet.edge_proxy import certificates_folder, domains_of, start_edge
from lab.internet.service import Service
from lab.internet.sites import sites_folder
from lab.lab import EDGE, Lab
from lab.progress import Report, Silence
from lab.providers.cloudflare.account import Account, account_folder


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Service]:
    """Services that were asked for."""
    asked: list[Service] = []

    def ensure(_lab: Lab, service: Service, _report: Report) -> bool:
        asked.append(service)
        return True

    monkeypatch.setattr(edge_proxy, "ensure_service", ensure)
    return asked


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    sites_folder(Lab("test", tmp_path)).mkdir()
    return Lab("test", tmp_path)


@pytest.mark.parametrize(
    ("settings", "domains"),
    [
        ({"edge": {"domain": "shop.example"}}, ("shop.example",)),
        ({"edge": {"domain": None}}, ()),
        ({"edge": {}}, ()),
        ({"edge": "wrong"}, ()),
        ({}, ()),
    ],
)
def test_the_domain_is_the_settings(settings: dict[str, Any], domains: tuple[str, ...]) -> None:
    assert domains_of(settings) == domains


def test_a_lab_without_a_domain_has_no_edge(lab: Lab, started: list[Service]) -> None:
    assert not start_edge(lab, Path("/edge"), (), Silence())
    assert started == []


def test_the_edge_has_a_certificate_for_every_domain_that_was_ever_added(lab: Lab, started: list[Service]) -> None:
    assert start_edge(lab, Path("/edge"), ("shop.example",), Silence())
    start_edge(lab, Path("/edge"), (), Silence())
    assert [service.role for service in started] == [EDGE, EDGE]
    assert started[0].fingerprint == started[1].fingerprint
    certificate = x509.load_pem_x509_certificate((certificates_folder(lab) / "shop.example.pem").read_bytes())
    certificate.verify_directly_issued_by(ensure_authority(sites_folder(lab)).load()[0])
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["shop.example", "*.shop.example"]


def test_origins_are_checked_by_another_authority_than_visitors_trust(lab: Lab, started: list[Service]) -> None:
    start_edge(lab, Path("/edge"), ("shop.example",), Silence())
    origin = x509.load_pem_x509_certificate((account_folder(lab) / "origin-ca.pem").read_bytes())
    assert origin.subject != ensure_authority(sites_folder(lab)).load()[0].subject
    assert Account(account_folder(lab)).zones()
    assert str(account_folder(lab)) in started[0].command
