"""The look at the zone: what is in the way of sites is said before anything is created, with the way out."""

from typing import Any

import grpc  # type: ignore[import-untyped]
import pulumi
import pytest

from components.edge.zone_check import check_zone
from components.settings.errors import SettingsError
from components.settings.load import Settings
from components.settings.sites import site_names
from tests.engine import Answer, Run, run
from tests.stack import CALLS, settings

SETTING, RECORDS = "cloudflare:index/getZoneSetting:getZoneSetting", "cloudflare:index/getDnsRecords:getDnsRecords"
DOMAIN = "tailnet.example"
SITE: dict[str, Any] = {
    "hosts": {"oracle-1": {"roles": ["server", "database", "ingress", "storage"]}},
    "apps": {"whoami": {"image": "docker.io/traefik/whoami:v1.11", "host": f"whoami.{DOMAIN}"}},
}


def look_at(wanted: Settings) -> None:
    """As the program does."""
    check_zone(wanted.edge, site_names(wanted.hosts, wanted.apps, wanted.edge, wanted.storage))


def looked(edge: dict[str, Any] | None = None, **answers: Answer) -> Run:
    """A look in a preview of an empty stack, with other answers of Cloudflare's: `setting`, `records`."""
    tokens = {"setting": SETTING, "records": RECORDS}
    calls = {**CALLS, **{tokens[name]: answer for name, answer in answers.items()}}
    wanted = settings(**SITE, edge={"domain": DOMAIN, **(edge or {})})
    return run(lambda: look_at(wanted), preview=True, calls=calls)


def record(kind: str, content: str, comment: str | None = None) -> Answer:
    """What Cloudflare answers when whoami's name has that record."""

    def answer(args: dict[str, Any]) -> dict[str, Any]:
        of = [{"type": kind, "content": content, "comment": comment}] if args["name"]["exact"].startswith("w") else []
        return {**args, "results": of}

    return answer


@pytest.fixture
def warnings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, *_: said.append(text))
    return said


def test_every_name_is_looked_up_and_nothing_is_said_of_an_empty_zone(warnings: list[str]) -> None:
    seen = looked()
    names = [args["name"]["exact"] for token, args in seen.calls if token == RECORDS]
    assert names == [f"s3.{DOMAIN}", f"s3-console.{DOMAIN}", f"whoami.{DOMAIN}"]
    assert warnings == []


def test_nothing_is_asked_without_a_domain() -> None:
    assert run(lambda: look_at(settings()), preview=True, calls=CALLS).calls == []


@pytest.mark.parametrize(("mode", "name"), [("flexible", "Flexible"), ("off", "Off")])
def test_a_mode_in_which_sites_only_redirect_is_said_with_the_way_out(
    mode: str, name: str, warnings: list[str]
) -> None:
    looked(setting=lambda args: {**args, "value": mode})
    assert len(warnings) == 1
    assert f"{DOMAIN} is in the TLS mode {name}" in warnings[0]
    assert "edge.manage_tls_mode: true" in warnings[0]
    assert "Full (strict)" in warnings[0]


def test_a_mode_that_the_program_sets_itself_is_not_looked_at(warnings: list[str]) -> None:
    seen = looked({"manage_tls_mode": True}, setting=lambda args: {**args, "value": "flexible"})
    assert SETTING not in [token for token, _ in seen.calls]
    assert warnings == []


def test_a_token_that_may_not_read_the_mode_is_no_reason_to_stop(warnings: list[str]) -> None:
    class Refused(grpc.RpcError):  # type: ignore[misc] # the package has no types
        """As the engine hands a provider's error on."""

        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.UNKNOWN

        def details(self) -> str:
            return "403 Forbidden"

    def refuse(args: dict[str, Any]) -> dict[str, Any]:
        raise Refused

    looked(setting=refuse)
    assert len(warnings) == 1
    assert "403 Forbidden. Give the API token the right Zone · Zone Settings · Read" in warnings[0]


@pytest.mark.parametrize(
    ("kind", "content", "comment", "why"),
    [
        ("CNAME", "old.example.net", None, "Cloudflare takes no address beside it"),
        ("A", "203.0.113.9", None, "visitors would be sent there, too"),
        ("AAAA", "2001:db8::9", "mine", "visitors would be sent there, too"),
        ("A", "203.0.113.9", "tailnet-k3s other: oracle-1", "visitors would be sent there, too"),
    ],
)
def test_a_name_that_has_a_record_of_another_is_refused(kind: str, content: str, comment: str | None, why: str) -> None:
    with pytest.raises(SettingsError, match="1 error; nothing was changed") as error:
        looked(records=record(kind, content, comment))
    (finding,) = error.value.findings
    assert finding.key == "apps.whoami.host"
    assert f"whoami.{DOMAIN} has a record {kind} {content}" in finding.message
    assert why in finding.message
    assert "Delete it at Cloudflare, or use another name" in finding.message


@pytest.mark.parametrize(
    ("kind", "comment"), [("A", "tailnet-k3s lab: oracle-1"), ("TXT", None), ("AAAA", "tailnet-k3s lab: gone-1")]
)
def test_own_records_and_those_of_other_kinds_are_fine(kind: str, comment: str | None, warnings: list[str]) -> None:
    looked(records=record(kind, "x", comment))
    assert warnings == []
