"""Ends of the certificates in the stack's state: the output, and the warnings, at any age."""

from base64 import b64encode

import pulumi
import pytest
import yaml

from components import certificates
from components.certificates import of_kubeconfig
from tests.certificates import ending_in

MONTH = 30


def told(pems: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, str], list[str]]:
    said: list[str] = []
    monkeypatch.setattr(pulumi, "warn", said.append)
    return certificates._told(pems), said


@pytest.mark.parametrize(
    ("months", "warning"),
    [(0, None), (9, None), (11, "ends on"), (13, "ended on"), (26, "ended on")],
)
def test_it_warns_when_an_up_should_have_renewed(
    months: int, warning: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    days, said = told({"administrator": ending_in(365 - months * MONTH)}, monkeypatch)
    assert days.keys() == {"administrator"}
    assert len(said) == (warning is not None)
    if warning:
        assert f"`administrator` {warning} {days['administrator']}. k3s on the first server has not" in said[0]


def test_a_short_life_is_soon_over_only_in_its_last_quarter(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told({"origin": ending_in(3, life=7)}, monkeypatch)[1] == []
    (line,) = told({"origin": ending_in(1, life=7)}, monkeypatch)[1]
    assert line.endswith("Run `pulumi up`.")


def test_what_is_no_certificate_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert told({"administrator": "", "origin": "certificate origin"}, monkeypatch) == ({}, [])


def test_the_administrators_certificate_is_in_the_kubeconfig() -> None:
    pem = ending_in(10)
    user = {"client-certificate-data": b64encode(pem.encode()).decode(), "client-key-data": "a2V5"}
    assert of_kubeconfig(yaml.safe_dump({"users": [{"name": "a", "user": user}]})) == pem
    assert of_kubeconfig("users: [{name: a, user: {token: b}}]") == ""
