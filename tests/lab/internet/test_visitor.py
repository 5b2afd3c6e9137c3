"""The visitor runs programs with other name servers and trust, and says so when there is no lab."""

from pathlib import Path

import pytest

from lab.internet import visitor as module
from lab.internet.ca import ensure_authority
from lab.internet.sites import sites_folder
from lab.internet.visitor import NoVisitorError, Visitor
from lab.lab import Lab


@pytest.fixture
def visitor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Visitor:
    """Of a lab that is up."""
    monkeypatch.setattr(module, "network_exists", lambda _lab: True)
    lab = Lab("test", tmp_path)
    sites_folder(lab).mkdir()
    ensure_authority(sites_folder(lab))
    return Visitor(lab)


def test_it_has_name_servers_and_authorities_of_its_own(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://proxy")
    command = visitor.command(["curl", "https://www.shop.example/"])
    assert command[:2] == ["nsenter", f"--net=/run/netns/{visitor.lab.namespace('visitor')}"]
    assert command[-2:] == ["curl", "https://www.shop.example/"]
    assert (Path(command[-3]) / "resolv.conf").read_text().startswith("nameserver 203.0.113.3\n")
    environment = visitor.environment()
    assert environment["AWS_CA_BUNDLE"] == environment["CURL_CA_BUNDLE"] == str(visitor.authority)
    assert "https_proxy" not in environment


def test_a_lab_that_is_not_up_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoVisitorError, match=r"^lab test is not up: run bin/lab up$"):
        Visitor(Lab("test", tmp_path)).command(["curl"])
