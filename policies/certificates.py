"""Certificates last long enough that an `up` comes by before they end. The workflow `up` runs once a week."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.known import known
from policies.rule import advisory

LEAST_DAYS = 30
HOURS = 24
VALIDITY = {
    "cloudflare:index/originCaCertificate:OriginCaCertificate": ("requestedValidity", 1),
    "tls:index/locallySignedCert:LocallySignedCert": ("validityPeriodHours", HOURS),
    "tls:index/selfSignedCert:SelfSignedCert": ("validityPeriodHours", HOURS),
}
"""By type: the input with the validity, and how many of its units make a day."""


def too_short(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Certificates that end within a month. `kind` is the type token."""
    key, of_a_day = VALIDITY.get(kind, ("", 1))
    value = known(props).get(key)
    if isinstance(value, int | float) and value < LEAST_DAYS * of_a_day:
        yield (
            f"{key} is {value / of_a_day:g} days: without an `up` for so long, it ends, and turns visitors or hosts"
            f" away. Use {LEAST_DAYS} days or more."
        )


certificates_last_a_month = advisory(
    "certificates-last-a-month", "An `up` a month is enough to renew every certificate in time.", too_short
)
