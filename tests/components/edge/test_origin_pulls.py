"""Authenticated origin pulls: the certificate that Cloudflare shows, and the CA that hosts ask for."""

from functools import cache

import pulumi

from components.edge.origin_pulls import OriginPulls
from tests.engine import Run, run


def declare() -> None:
    pulumi.export("authority", OriginPulls("pulls", "f" * 32).authority)


@cache
def ran() -> Run:
    return run(declare)


def test_cloudflare_gets_a_client_certificate_of_the_program_s_own_ca() -> None:
    signed = ran().one("LocallySignedCert", "pulls-client").inputs
    assert signed["caCertPem"] == "certificate pulls-authority"
    assert signed["allowedUses"] == ["digital_signature", "client_auth"]
    uploaded = ran().one("AuthenticatedOriginPullsCertificate", "pulls")
    assert uploaded.inputs["certificate"] == "certificate pulls-client"
    assert "privateKey" in uploaded.secrets


def test_it_is_switched_on_once_it_is_there() -> None:
    switch = ran().one("AuthenticatedOriginPullsSettings", "pulls")
    assert switch.inputs["enabled"] is True
    assert "AuthenticatedOriginPullsCertificate pulls" in ran().before(switch)


def test_hosts_ask_for_it_only_then() -> None:
    assert ran().outputs["authority"] == "certificate pulls-authority"
    assert run(declare, preview=True).outputs["authority"] != "certificate pulls-authority"


def test_the_ca_stays_while_the_client_s_key_is_renewed() -> None:
    assert ran().one("PrivateKey", "pulls-client").request.replacement_trigger.string_value
    assert not ran().one("PrivateKey", "pulls-authority").request.replacement_trigger.string_value
