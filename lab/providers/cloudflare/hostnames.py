"""Names that Cloudflare signs an origin certificate for: within zones of the account, a `*.` in front at most."""

from collections.abc import Iterable, Iterator

MOST = 100
"""Names in one certificate."""


def problems(names: Iterable[str]) -> Iterator[str]:
    """What is wrong with the form of names."""
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
    """The zone that a name, with or without a wildcard, is in; None for no zone of these."""
    plain = name.removeprefix("*.").lower()
    return next((zone for zone in zones if plain == zone or plain.endswith(f".{zone}")), None)
