"""Machines that are there already: how they are reached first and then, and what is undone on them."""

import base64
from typing import Any

from components.hosts.look_result import LookResult
from components.hosts.ssh_login import SshLogin
from components.settings.load import Settings
from tests.components.hosts.kinds import HOME, HOST_KEY, PRIVATE_KEY, VISITED_ROLES, hosts_of, mixed, plain, visited
from tests.components.step_values import values
from tests.engine import Resource


def one(host: dict[str, Any], **changes: Any) -> Settings:
    """A machine home-7 beside others."""
    return mixed(hosts={"home-7": {**HOME, **host}}, **changes)


def enrol(chosen: Settings | None = None) -> Resource:
    """The step that makes the machine a host."""
    return (hosts_of(chosen) if chosen else plain()).one("Command", "home-7-enrol")


def leave(chosen: Settings | None = None) -> Resource:
    """What runs when the machine is taken out of the settings."""
    return (hosts_of(chosen) if chosen else plain()).one("Command", "home-7-enrol-leave")


def verbs(chosen: Settings | None = None) -> Resource:
    """What is done on the machine before all else."""
    return (hosts_of(chosen) if chosen else plain()).one("Command", "home-7-verbs")


def test_it_is_reached_as_its_owner_does_if_it_shows_its_key() -> None:
    connection = enrol().inputs["connection"]
    assert connection["host"] == "203.0.113.77"
    assert connection["port"] == 2222
    assert connection["user"] == "pi"
    assert connection["privateKey"] == PRIVATE_KEY
    assert connection["hostKey"] == HOST_KEY
    assert "connection" in enrol().secrets


def test_then_it_is_reached_by_the_tailnet_with_the_programs_own_key() -> None:
    assert plain().outputs["addresses"]["home-7"] == "100.64.0.7"
    assert plain().outputs["host_keys"]["home-7"] == HOST_KEY
    assert "Command home-7-enrol" not in enrol().after
    assert [token for token, asked in plain().calls if asked.get("hostname") == "lab-home-7-xxxx"] == [
        "tailscale:index/getDevice:getDevice"
    ]


def test_the_step_makes_the_programs_user_and_joins_with_a_key_of_its_own() -> None:
    given = values(enrol())
    assert "USER=operator\n" in given
    assert "AUTHORIZED_KEY=ssh-ed25519 AAAAoperator\n" in given
    assert "HOSTNAME=lab-home-7-xxxx\n" in given
    assert "tskey" not in enrol().inputs["create"]
    assert enrol().inputs["stdin"] == f"AUTH_KEY={base64.b64encode(b'tskey-auth-home-7').decode()}\n"
    assert "tailscale up" in enrol().inputs["create"]
    assert {"Acl tailnet"} <= plain().before(enrol())


def test_a_sudo_password_is_the_first_line_of_stdin_and_nowhere_else() -> None:
    asking = one({}, logins={"home-7": {"private_key": PRIVATE_KEY, "sudo_password": "raspberry"}})
    step = enrol(asking)
    assert step.inputs["stdin"].startswith("raspberry\nAUTH_KEY=")
    assert "stdin" in step.secrets
    for text in step.inputs["create"], leave(asking).inputs["delete"], verbs(asking).inputs["create"]:
        assert "raspberry" not in text
        assert "sudo -kS -p" in text
    assert "sudo -kS" not in enrol().inputs["create"]


def test_the_architecture_is_that_of_the_archive() -> None:
    assert "_amd64.tgz" in values(enrol())
    given = values(enrol(one({"architecture": "arm64"})))
    assert "_arm64.tgz" in given
    assert "ARCHITECTURE=arm64\n" in given


def test_memory_is_counted_only_where_the_cluster_runs() -> None:
    assert "NODE=yes\n" in values(enrol())
    assert "NODE=no\n" in values(enrol(one({"roles": ["database"]})))


def test_authorities_are_trusted_there_too() -> None:
    assert "CERTIFICATES=\n" in values(enrol())
    chosen = plain_settings_that_trust("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert "CERTIFICATES=-----BEGIN CERTIFICATE-----\n|AAAA\n" in values(enrol(chosen))


def plain_settings_that_trust(certificate: str) -> Settings:
    """Settings with an authority's certificate that nobody has to make."""
    chosen = mixed()
    object.__setattr__(chosen, "trust", chosen.trust.model_copy(update={"certificates": (certificate,)}))
    return chosen


def test_it_is_there_after_the_stack_so_its_steps_are_undone() -> None:
    assert "Command home-7-enrol-leave" in enrol().after
    assert "tailscale logout" in leave().inputs["delete"]
    assert leave().request.deletedWith == ""


def test_its_owner_puts_the_verbs_there_before_and_takes_them_away_at_the_end() -> None:
    assert verbs().inputs["connection"]["host"] == enrol().inputs["connection"]["host"]
    assert {"Command home-7-verbs", "Command home-7-verbs-leave"} <= plain().before(leave())


def test_a_lost_one_is_left_alone_when_it_goes() -> None:
    assert not leave().request.retainOnDelete
    assert leave(one({"lost": True})).request.retainOnDelete


def test_its_data_is_where_its_owner_says() -> None:
    assert visited().outputs["storage"]["home-7"] == "/srv/data"
    assert plain().outputs["storage"]["home-7"] == "/var/lib/tailnet-k3s/storage"


def test_what_it_stores_is_kept() -> None:
    assert plain().outputs["kept"]["home-7"] == []
    ran = hosts_of(one({"roles": [*HOME["roles"], "storage"], "volume": "/srv/data"}))
    assert ran.outputs["kept"]["home-7"] == ["folder /srv/data"]


def test_visitors_come_to_the_address_that_its_owner_passes_on() -> None:
    assert visited().outputs["ipv4"]["home-7"] == "93.184.216.34"
    assert "home-7" not in visited().outputs["ipv6"]
    ran = hosts_of(one({"roles": VISITED_ROLES, "public_address": "2606:2800:220:1::1"}))
    assert ran.outputs["ipv6"]["home-7"] == "2606:2800:220:1::1"
    assert "home-7" not in ran.outputs["ipv4"]
    assert "home-7" not in hosts_of(one({"public_address": "93.184.216.34"})).outputs["ipv4"]


def by_the_tailnet(kind: str) -> Resource:
    """A command of the owner's user, when the settings' address does not answer any more."""
    seen = {"home-7": LookResult(way=SshLogin("100.64.0.7", 22))}
    return hosts_of(mixed(), found=seen).one("Command", f"home-7-{kind}")


def test_where_the_settings_address_does_not_answer_everything_goes_by_the_tailnet() -> None:
    for kind in ("verbs", "verbs-leave", "enrol", "enrol-leave"):
        connection = by_the_tailnet(kind).inputs["connection"]
        assert (connection["host"], connection["port"], connection["user"]) == ("100.64.0.7", 22, "pi"), kind
        assert connection["hostKey"] == HOST_KEY


def test_by_the_tailnet_a_machine_leaves_it_when_nobody_needs_the_connection_any_more() -> None:
    told = by_the_tailnet("enrol-leave").inputs["delete"]
    assert "systemd-run" in told
    assert "systemd-run" not in leave().inputs["delete"]
    assert "'NAMES=HOSTNAME OVERLAY_UNIT STATE_FOLDER USER'" in told
    assert "'HOSTNAME=lab-home-7-xxxx'" in told
    assert "tailscale logout" in told
