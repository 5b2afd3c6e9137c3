"""Hosts get the pinned version of the overlay's program in turn: each loses its connections for seconds."""

from components.hosts.look_result import LookResult
from components.overlay.registry import OVERLAY
from tests.components.hosts.kinds import hosts_of, mixed, plain
from tests.components.step_values import values
from tests.engine import Run

ORDER = ("oracle-5", "azure-6", "home-7")
"""That of their clouds."""


def seen(name: str, *, silent: bool = False) -> LookResult:
    """A host that the stack has already."""
    return LookResult(done=frozenset({f"{name}-verbs"}), silent=silent)


def waits_for(run: Run, name: str) -> set[str]:
    """Hosts whose update comes before that of the named one."""
    before = run.before(run.one("Command", f"{name}-tailscale"))
    return {host for host in ORDER if host != name and f"Command {host}-tailscale" in before}


def test_those_that_run_take_turns() -> None:
    run = hosts_of(mixed(), found={name: seen(name) for name in ORDER})
    assert [waits_for(run, name) for name in ORDER] == [set(), {"oracle-5"}, {"oracle-5", "azure-6"}]


def test_new_ones_wait_for_nobody() -> None:
    assert [waits_for(plain(), name) for name in ORDER] == [set(), set(), set()]


def test_nobody_waits_for_one_that_does_not_answer() -> None:
    for silent in ORDER:
        run = hosts_of(mixed(), found={name: seen(name, silent=name == silent) for name in ORDER})
        assert not [name for name in ORDER if silent in waits_for(run, name)]


def test_every_other_step_of_a_host_comes_after_it() -> None:
    first = {"host-key", "verbs", "verbs-leave", "first-boot", "enrol", "enrol-leave", "tailscale", "tailscale-leave"}
    run = plain()
    for step in [one for one in run.of("Command") if one.type == "command:remote:Command"]:
        host = next(host for host in ORDER if step.name.startswith(host))
        if step.name.removeprefix(f"{host}-") not in first:
            assert f"Command {host}-tailscale" in run.before(step), step.name


def test_it_is_told_the_version() -> None:
    told = values(plain().one("Command", "oracle-5-tailscale"))
    assert "VERSION=" in told
    assert OVERLAY.unit not in told
