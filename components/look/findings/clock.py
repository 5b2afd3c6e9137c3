"""Rules for clocks: certificates, tokens and logs need the same time on all hosts."""

from collections.abc import Iterator, Mapping
from statistics import median

from components.look.facts import Clock, Facts
from components.look.wanted import WantedHost
from components.settings.errors import Finding

SECONDS = 5
"""By how much a clock may be wrong. The time that the answer took is allowed in addition."""
FIX = "sudo apt-get install systemd-timesyncd; sudo timedatectl set-ntp true"


def clocks_are_right(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Compares clocks with this computer's. If several hosts with time services agree that it is wrong: with theirs."""
    off = {name: seconds for name in wanted if (seconds := _off(facts[name])) is not None}
    kept = [seconds for name, seconds in off.items() if _is_kept(facts[name].clock)]
    ours = 0.0
    if len(kept) > 1 and max(kept) - min(kept) <= SECONDS and min(map(abs, kept)) > SECONDS:
        ours = median(kept)
        yield Finding(
            "hosts", f"have clocks that agree, but this computer's clock is {_by(-ours)}. Set it right.", "warning"
        )
    for name, seconds in off.items():
        if abs(seconds - ours) > SECONDS:
            fix = "Check its time service: timedatectl" if _is_kept(facts[name].clock) else f"Run there: {FIX}"
            yield Finding(wanted[name].key, f"has a clock that is {_by(seconds - ours)}. {fix}")


def clock_is_kept_right(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """Without a time service the clock drifts. A container uses the clock of its machine."""
    clock = facts.clock
    if clock and clock.synchronised is False and not _is_kept(clock):
        yield Finding(wanted.key, f"has no time service, so its clock will go wrong. Run there: {FIX}", "warning")


def _off(facts: Facts) -> float | None:
    """By how many seconds the host's clock is ahead. 0 if the time that the answer took can explain the difference."""
    if facts.clock is None or facts.asked is None:
        return None
    before, after = facts.asked
    if facts.clock.seconds > after:
        return facts.clock.seconds - after
    return min(facts.clock.seconds - before, 0.0)


def _is_kept(clock: Clock | None) -> bool:
    return clock is not None and bool(clock.services or clock.contained)


def _by(seconds: float) -> str:
    amount, unit = abs(seconds), "s"
    for size, larger in ((60, "minutes"), (60, "hours"), (24, "days")):
        if amount < 3 * size:
            break
        amount, unit = amount / size, larger
    return f"{amount:.0f} {unit} {'ahead' if seconds > 0 else 'behind'}"
