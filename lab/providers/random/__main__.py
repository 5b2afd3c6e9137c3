"""The executable pulumi-resource-random."""

from lab.providers.random import number, pet, text
from lab.providers.server import EngineLog, serve
from lab.providers.stand_in import StandIn


class RandomProvider(StandIn):
    """All resource types of the published plugin."""

    def __init__(self, log: EngineLog) -> None:
        super().__init__(
            [
                text.RandomPassword(),
                text.RandomString(),
                number.RandomId(),
                number.RandomBytes(),
                number.RandomInteger(),
                number.RandomUuid(),
                number.RandomUuid4(),
                number.RandomUuid7(),
                number.RandomShuffle(),
                pet.RandomPet(),
            ]
        )


if __name__ == "__main__":
    serve("random", RandomProvider)
