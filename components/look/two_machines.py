"""Reports a host whose logins lead to two machines: the settings name another one, and the old one still runs."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from components.look.ask import Answers, Result
from components.look.report import Report, report_of
from components.settings.errors import Finding, path


def hosts_are_one_machine(results: Mapping[str, Result]) -> Iterator[Finding]:
    """Steps would run on one machine in part, and on the other one in part. No two machines have the same boot ID."""
    for host, result in results.items():
        if not isinstance(result, Answers):
            continue
        reports = [report_of(replace(result, texts=texts)) for texts in (result.texts, *result.others)]
        boots = {report.facts.boot_id for report in reports if isinstance(report, Report)} - {None}
        if len(boots) > 1:
            yield Finding(
                path("hosts", host),
                "is another machine by its settings than the one that has joined as this host, and both run. To keep"
                " the old one, put its address and host_key back. To have the new one in its place, switch the old one"
                " off, and run `pulumi up` again.",
            )
