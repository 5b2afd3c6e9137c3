"""Rules for versions of k3s: Kubernetes upgrades one minor version at a time, and can't be downgraded to an older one.

The sources are https://kubernetes.io/releases/version-skew-policy and https://docs.k3s.io/upgrades/roll-back.
"""

from collections.abc import Iterator, Mapping

from components.cluster.versions import Version, known_release
from components.look.facts import Facts
from components.look.findings.clusters import OURS
from components.look.wanted import WantedHost
from components.settings.errors import Finding

KEY = "k3s.version"


def minor_is_not_downgraded(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """An older minor version may not be able to read the objects in the datastore. An older patch version can."""
    target, found = _versions(wanted, facts)
    newer = {name: version for name, version in found.items() if target and version > target}
    if not target or not newer:
        return
    newest = max(newer.values())
    if newest.minor > target.minor:
        yield Finding(
            KEY,
            f"is {target.text}, but {_who(newest, found)} already: Kubernetes can't go back to an older minor"
            f" version. Set k3s.version to {newest.text} or newer. Or restore a backup that was made with"
            f" v1.{target.minor} into a new cluster.",
        )
    else:
        yield Finding(KEY, f"is {target.text}, but {_who(newest, found)}: k3s is downgraded.", "warning")


def k3s_skips_no_minor(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Each minor version migrates the datastore to a form that the next one can read.

    The newest server says how far the cluster is. A node that was off meanwhile may skip versions up to that one.
    """
    target, found = _versions(wanted, facts)
    if not target or not found:
        return
    reached = max((version.minor for name, version in found.items() if "server" in wanted[name].roles), default=0)
    behind = {name: version for name, version in found.items() if version.minor + 1 < target.minor}
    if not behind or reached >= target.minor:
        return
    oldest = min(behind.values())
    between = [known_release(minor) for minor in range(max(oldest.minor + 1, reached), target.minor)]
    yield Finding(
        KEY,
        f"is {target.text}, and {_who(oldest, found)}: Kubernetes skips no minor version. Set k3s.version to each"
        f" of these, or to a newer patch of it, with an `up` after each: {', '.join([*between, target.text])}",
    )


def minor_changes_on_all_servers(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """A server that is off now would come back with an older API server than nodes. Kubernetes does not allow that."""
    target, found = _versions(wanted, facts)
    silent = [
        name
        for name, host in wanted.items()
        if "server" in host.roles and name not in facts and f"k3s-node-{name}" in host.done
    ]
    reached = max((version.minor for name, version in found.items() if "server" in wanted[name].roles), default=None)
    if target and silent and reached is not None and reached < target.minor:
        yield Finding(
            KEY,
            f"is {target.text}, a new minor version, but {' and '.join(silent)} does not answer. When it"
            " comes back, its API server would be older than the nodes, which Kubernetes does not allow. Bring it back"
            " first, or take it out of the settings.",
        )


def _versions(
    wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]
) -> tuple[Version | None, dict[str, Version]]:
    """The version in the settings, and the versions on this program's nodes: of the running k3s, else of the file."""
    found: dict[str, Version] = {}
    for name, host in wanted.items():
        seen = facts[name].k3s if name in facts else None
        version = Version.parse(seen.running or seen.installed) if seen else None
        if version and host.is_node and host.did(facts[name], *OURS):
            found[name] = version
    return next((Version.parse(host.k3s.version) for host in wanted.values()), None), found


def _who(version: Version, found: Mapping[str, Version]) -> str:
    names = sorted(name for name, one in found.items() if one == version)
    if len(names) == 1:
        return f"{names[0]} has {version.text}"
    return f"{', '.join(names[:-1])} and {names[-1]} have {version.text}"
