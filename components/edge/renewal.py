"""When certificates are made anew: by the program, ahead of their end, and with no state but the calendar."""

import time

DAY = 86400


def period(days: int) -> str:
    """Another text after every two thirds of a validity of that many days: what is made anew with it never ends.

    For `replacement_trigger`: the first `up` of a period replaces, however long ago the last one was. A certificate
    so lives two thirds of its validity at most, and less when it was made late in a period. Reading its age from the
    state instead would need a plugin that says so in every preview: the published tls plugin does not (its issue 39).
    """
    return f"{days} days, period {int(time.time() * 3 // (days * DAY * 2))}"
