"""When to renew certificates: before they expire, computed from the calendar alone."""

import time

DAY = 86400
"""In seconds."""
SOON_DAYS = 60
"""A certificate ends soon in its last so many days. What renews it by itself should have done so a month before."""
LONGEST_DAYS = 180
"""No certificate is used for longer, once there is an `up`. One that is valid for three years lasts for two and a half
without any."""


def period(days: int, longest_days: int = LONGEST_DAYS) -> str:
    """A text that changes after every two thirds of the validity, or after `longest_days` if that is less, for
    `replacement_trigger`.

    The first `up` of a period replaces the certificate, so one that was created late in a period is used for less. The
    program cannot read the certificate's age from the state
    instead: the published tls plugin does not report an early renewal in previews (its issue 39).
    """
    return f"{days} days, period {int(time.time() // (min(days * 2 / 3, longest_days) * DAY))}"
