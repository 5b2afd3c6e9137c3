"""Checks the names of an origin certificate: full names in the account's zones. Only the first label may be `*`."""

from collections.abc import Iterable, Iterator

MOST = 100
"""How many names one certificate can have."""


def problems(names: Iterable[str]) -> Iterator[str]:
    """Problems of the form of names."""
    given = list(names)
    if not 1 <= len(given) <= MOST:
        yield f"{len(given)} hostnames: a certificate has 1 to {MOST}"
    for name in given:
        labels = name.removeprefix("*.").split(".")
        if "*" in name.removeprefix("*."):
            yield f"{name}: a wildcard stands for the first label only, as in *.example.com"
        elif len(labels) <= 1 or not all(labels):
            yield f"{name}: not a full domain name"


def zone_of(name: str, zones: Iterable[str]) -> str | None:
    """The zone that contains a name, with or without a wildcard. None if no zone does."""
    plain = name.removeprefix("*.").lower()
    return next((zone for zone in zones if plain == zone or plain.endswith(f".{zone}")), None)
