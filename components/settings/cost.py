"""Settings of what the stack may cost."""

from pydantic import Field

from components.settings.part import Part


class Cost(Part):
    """What the hosts may cost. The program knows prices of Oracle and Azure, see the output `monthly_cost`."""

    limit: float | None = Field(default=None, ge=0, le=1000000, allow_inf_nan=False)
    """US dollars a month, without traffic and taxes. The program refuses a stack whose hosts would cost more, or whose
    prices it does not know. null: no limit."""
