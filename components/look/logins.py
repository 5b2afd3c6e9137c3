"""Which logins lead to a host: for the look, and for the steps that run as the owner's user on an existing machine."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any

from components.clouds.registry import by_cloud
from components.hosts.once import enrol_step
from components.hosts.ssh_login import SshLogin
from components.look.ask import Answers, Result
from components.look.state import Done, Login
from components.overlay.registry import OVERLAY
from components.settings.host import HostPart


def logins_to_try(theirs: Mapping[str, Mapping[str, Done]], logins: Mapping[str, Login]) -> dict[str, list[Login]]:
    """Logins for each host, the best first: those of its steps (`theirs`), then the one of the settings (`logins`)."""
    found: dict[str, list[Login]] = {}
    for host in theirs:
        first = logins.get(host)
        same = (first.address, first.port, first.user) if first else None
        seen = {(one.login.address, one.login.port, one.login.user): one.login for one in theirs[host].values()}
        found[host] = [login for key, login in seen.items() if key != same] + ([first] if first else [])
    return found


def logins_of(hosts: Mapping[str, HostPart], clouds: Mapping[str, Any]) -> dict[str, Login]:
    """The login that the settings give, for each existing machine that is not lost."""
    return {
        name: cloud.login(name, host, clouds[cloud.name])
        for cloud, theirs in by_cloud(hosts).items()
        if cloud.login
        for name, host in theirs.items()
        if not getattr(host, "lost", False)
    }


def owner_way(host: str, said: Login, done: Mapping[str, Done], result: Result | None) -> SshLogin | None:
    """The address by which the owner's user reaches an existing machine. None: the settings' address (`said`).

    The settings' address may work at home only. Once the machine has joined, its tailnet address works everywhere. The
    settings' address stays in use as long as it answers, so that no step runs again because of another address. When it
    does not answer, the tailnet address takes its place for good: it works at home, too.
    """
    enrol = done.get(enrol_step(host))
    if enrol is None:
        return None
    before = SshLogin(enrol.login.address, enrol.login.port)
    if not isinstance(result, Answers):
        return before if _is_in_overlay(before) else None
    answered = {SshLogin(login.address, login.port) for login in result.logins}
    if _is_in_overlay(before) and before in answered:
        return before
    if SshLogin(said.address, said.port) in answered:
        return None
    return next(filter(_is_in_overlay, _sorted(answered)), None)


def _is_in_overlay(way: SshLogin) -> bool:
    try:
        return ip_address(way.address) in OVERLAY.ipv4
    except ValueError:
        return False


def _sorted(ways: Iterable[SshLogin]) -> list[SshLogin]:
    return sorted(ways, key=lambda way: (way.address, way.port))
