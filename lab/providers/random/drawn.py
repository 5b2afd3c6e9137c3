"""What all random resources share: every change creates a new value, and there is nothing to update or delete."""

from random import Random, SystemRandom

from lab.providers.stand_in import ResourceType, Values


class Drawn(ResourceType):
    """A resource that any changed input replaces, `keepers` too."""

    removable = frozenset({"keepers"})

    def is_replaced_by(self, path: str) -> bool:
        return True

    def delete(self, resource_id: str, state: Values) -> None:
        """Nothing to do: the value is in the state only."""


def source_of(inputs: Values) -> Random:
    """The random generator. With a seed it repeats its values (not the published plugin's). Else it is the system's."""
    seed = inputs.get("seed")
    return Random(seed) if seed else SystemRandom()  # noqa: S311  # with a seed, the value is not meant to be secret
