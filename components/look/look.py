"""Looks at all hosts at once, before anything is changed: reports problems, and decides which steps run again."""

import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from functools import partial
from pathlib import Path

import pulumi

from components.hosts.look_result import LookResult
from components.hosts.once import (
    ENCRYPTS,
    enrol_step,
    first_boot_step,
    host_key_step,
    labels_step,
    stack_name,
    verbs_step,
)
from components.look.api import with_api
from components.look.args import LookArgs
from components.look.ask import Answers, NoAnswer, Result, ask_hosts, is_off
from components.look.ends import with_ends
from components.look.gatherer import gather_script
from components.look.host_keys import wrong_host_keys
from components.look.judge import judge
from components.look.kept_datastore import datastore_stays_of_its_kind, only_copy_stays_on_its_host
from components.look.logins import logins_of, logins_to_try, owner_way
from components.look.machines import (
    BEGUN,
    CHANGES_OF_MACHINES,
    GONE,
    LOGGED_OUT,
    REINSTALLED,
    Machine,
    is_logged_out,
    is_reinstalled,
    machines_of,
    one_database_member_at_a_time,
)
from components.look.moved_store import store_does_not_move
from components.look.reasons import Mark, reasons
from components.look.report import Report, report_of
from components.look.state import Done, Login, commands_of, read_state
from components.look.two_machines import hosts_are_one_machine
from components.look.unreachable import nobody_answers, unreachable_hosts
from components.look.wanted import wanted_hosts
from components.rendering import value_in
from components.settings.errors import Finding, SettingsError

PATIENCE_SECONDS, PAUSE_SECONDS = 60, 1
CLAIMS = Path(__file__).with_name("claims.py")


def look_at_hosts(args: LookArgs) -> dict[str, LookResult]:
    """Looks at all hosts of the settings, in previews too. Changes nothing.

    Warns of hosts that do not answer, and of differences on the others. Raises SettingsError with all problems of all
    hosts: things on a host that the program would break, or that would break the program.
    """
    state = read_state()
    done = commands_of(state)
    theirs = {host: _commands_of(host, done) for host in args.hosts}
    machines = machines_of(args.hosts, state, done)
    found = [*one_database_member_at_a_time(args.hosts, machines), *store_does_not_move(args.hosts, done)]
    found += datastore_stays_of_its_kind(args.datastore.kind, done)
    logins = logins_of(args.hosts, args.clouds)
    absent = {host for host, machine in machines.items() if machine.change in (GONE, BEGUN)}  # not where its steps ran
    tries = {host: found for host, found in logins_to_try(theirs, logins).items() if found and host not in absent}
    new = {host for host in tries if not theirs[host]}
    results = _ask(tries, new, [claims_program(done), gather_script()])
    read = {host: report_of(result) for host, result in results.items() if isinstance(result, Answers)}
    results |= {host: one for host, one in read.items() if isinstance(one, NoAnswer)}
    reports = {host: one for host, one in read.items() if isinstance(one, Report)}
    facts = {host: one.facts for host, one in reports.items()}
    marks = {host: with_api(host, with_ends(host, one.marks, one.facts), one.facts) for host, one in reports.items()}
    for host in reports:
        if is_reinstalled(host, theirs[host], marks[host]):
            machines[host] = replace(machines[host], change=REINSTALLED)
        elif not machines[host].change and is_logged_out(theirs[host], host, facts[host]):
            machines[host] = replace(machines[host], change=LOGGED_OUT)
    found += only_copy_stays_on_its_host(args.datastore.kind, args.hosts, machines, done)
    # Steps that ran on an earlier machine of this name have not run on this one.
    names = {host: frozenset(() if machines[host].change else steps) for host, steps in theirs.items()}
    found += unreachable_hosts(results, new, preview=pulumi.runtime.is_dry_run())
    found += nobody_answers(results, preview=pulumi.runtime.is_dry_run())
    found += hosts_are_one_machine(results)
    found += [*wrong_host_keys(args.hosts, results), *judge(wanted_hosts(args, names, stack_name()), facts)]
    _report(found)
    silent = [host for host in results if host not in facts] if facts else []  # else see nobody_answers
    owner_ways = {
        host: owner_way(host, login, theirs[host], results.get(host))
        for host, login in logins.items()
        if not machines[host].change
    }
    seen = {
        host: _seen(host, machines[host], theirs[host], results.get(host), marks=marks.get(host), silent=silent)
        for host in args.hosts
    }
    return {
        host: replace(one, way=owner_ways.get(host), has_own_key=host_key_step(host) in done)
        for host, one in seen.items()
    }


def claims_program(steps: Iterable[str] | None = None) -> str:
    """The program that compares marks with the host. `steps`: only the marks of these count. None: all do.

    A mark of another step is left over. It must not take the place of a newer claim.
    """
    names = None if steps is None else sorted(steps)
    return f"{CLAIMS.read_text()}\n\nmain({names!r})\n"


def _ask(logins: Mapping[str, Sequence[Login]], new: Set[str], programs: Sequence[str]) -> dict[str, Result]:
    """Asks all hosts. In an update, waits a minute for new hosts that do not answer: they may be booting."""
    results = ask_hosts(logins, programs)
    end = time.monotonic() + (0 if pulumi.runtime.is_dry_run() else PATIENCE_SECONDS)
    while time.monotonic() < end and (late := [host for host in new if is_off(results[host])]):
        time.sleep(PAUSE_SECONDS)  # a machine whose sshd has not started refuses connections at once
        results |= ask_hosts({host: logins[host] for host in late}, programs)
    return results


def _report(findings: Sequence[Finding]) -> None:
    """Logs warnings. Raises SettingsError if there are errors."""
    for finding in findings:
        if finding.severity == "warning":
            pulumi.log.warn(f"{finding.key}: {finding.message}")
    errors = [finding for finding in findings if finding.severity == "error"]
    if errors:
        raise SettingsError("A look at the hosts", errors)


def _commands_of(host: str, done: Mapping[str, Done]) -> dict[str, Done]:
    """Commands in the state that ran on a host: those with its host key in their connection.

    Old versions of the program had no step for the verbs. Another step came first then.
    """
    firsts = (verbs_step(host), enrol_step(host), first_boot_step(host))
    first = next((done[name] for name in firsts if name in done), None)
    return {name: one for name, one in done.items() if first and one.login.host_key == first.login.host_key}


def _seen(
    host: str,
    machine: Machine,
    done: Mapping[str, Done],
    result: Result | None,
    *,
    marks: Mapping[str, Mark] | None,
    silent: Sequence[str],
) -> LookResult:
    """Decides which of the host's steps run again. Warns of each of them.

    Some steps concern another host: `k3s-labels-HOST`. While that host does not answer, the step would wait in vain, so
    it does not run again.
    """
    steps = {name: one.command for name, one in done.items() if one.command}
    seen = partial(
        LookResult,
        done=frozenset(steps),
        encrypts=any(value_in(command, ENCRYPTS) == "yes" for command in steps.values()),
        generation=machine.wanted,
        is_new=machine.is_new,
        joined_as=machine.joined_as,
    )
    if machine.change:
        if steps:
            pulumi.log.warn(f"{host}: {CHANGES_OF_MACHINES[machine.change]} All its steps run again.")
        why = f"machine {machine.wanted + 1} of this name"
        return seen(rerun_reasons=dict.fromkeys(steps, why))
    if marks is not None:
        in_vain = {labels_step(other) for other in silent}
        found = reasons(steps, marks, in_vain)
        for step, words in found.differs.items():
            pulumi.log.warn(f"{host}: {'; '.join(words)}. The step {step} runs again.")
        return seen(rerun_reasons={**found.before, **found.again})
    is_silent = bool(steps) and host in silent
    if steps and is_off(result):
        left = " Its steps stay as they are: run `up` again once it answers." if is_silent else ""
        pulumi.log.warn(f"{host}: does not answer, so nobody looked at it: {result.reason}.{left}{machine.advice}")
    return seen(rerun_reasons=reasons(steps, None).before, silent=is_silent)
