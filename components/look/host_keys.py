"""Reports machines that have another host key than expected: reinstalled, or another machine at that address."""

from collections.abc import Iterator, Mapping

from components.look.ask import NoAnswer, Result
from components.settings.errors import Finding, path
from components.settings.host import HostPart


def wrong_host_keys(hosts: Mapping[str, HostPart], results: Mapping[str, Result]) -> Iterator[Finding]:
    """The program sends nothing to such a machine. Only its owner can find out, at its console, which machine it is."""
    for host, result in results.items():
        if isinstance(result, NoAnswer) and result.other_key:
            is_made = not hasattr(hosts[host], "host_key")
            yield _of_cloud(host, result) if is_made else _of_existing(host, result)


def _of_existing(host: str, result: NoAnswer) -> Finding:
    """Names only the fingerprint, not the key. So the owner must copy the key from the machine's own console."""
    return Finding(
        path("hosts", host, "host_key"),
        f"{result.reason}. Was it reinstalled? Run `ssh-keygen -lf /etc/ssh/ssh_host_{result.kind}_key.pub` on the"
        f" machine's own console. If that prints {result.fingerprint}, set {path('hosts', host, 'host_key')} to the"
        " text of that file, and run `pulumi up`: the machine joins again as a new one. If it prints another"
        " fingerprint, another machine answers in its place: change nothing, and find out which one.",
    )


def _of_cloud(host: str, result: NoAnswer) -> Finding:
    return Finding(
        path("hosts", host),
        f"{result.reason}. The program did not create this key. Somebody has changed the host's keys, or another"
        f" machine has its address in the tailnet. Look at it in the cloud's console. To replace it: delete it there,"
        " run `pulumi refresh`, then `pulumi up`.",
    )
