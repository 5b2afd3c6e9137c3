"""What all random resources have in common: every change draws anew, and there is nothing to update or delete."""

from random import Random, SystemRandom

from lab.providers.stand_in import ResourceType, Values


class Drawn(ResourceType):
    """Any changed input, the keepers too, replaces it."""

    removable = frozenset({"keepers"})

    def is_replaced_by(self, path: str) -> bool:
        return True

    def delete(self, resource_id: str, state: Values) -> None:
        """It is nowhere but in the state."""


def source_of(inputs: Values) -> Random:
    """Where to draw from: a seed gives the same each time (not the published plugin's values), else the system."""
    seed = inputs.get("seed")
    return Random(seed) if seed else SystemRandom()  # noqa: S311  # a seed is given where no secret is wanted
