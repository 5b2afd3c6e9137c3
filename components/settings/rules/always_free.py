"""The rule of the bill: nothing is paid for that nobody has agreed to pay for."""

from components.cost.always_free import excesses
from components.settings.errors import Finding, path
from components.settings.hosts import OracleHost
from components.settings.oracle import Oracle
from components.settings.rules.rule import Findings, Hosts, of_kind


def oracle_hosts_are_free_or_may_cost(hosts: Hosts, oracle: Oracle) -> Findings:
    """Oracle bills what is beyond Always Free, or stops it."""
    if not oracle.allow_paid:
        for excess in excesses(of_kind(hosts, OracleHost)):
            yield Finding(path("hosts", excess.host, excess.setting), excess.problem)
