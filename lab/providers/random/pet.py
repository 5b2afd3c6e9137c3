"""random.RandomPet: names that are easy to tell apart."""

import secrets

from lab.providers.random.drawn import Drawn
from lab.providers.stand_in import Values

ADVERBS = [
    "barely",
    "boldly",
    "calmly",
    "deeply",
    "early",
    "evenly",
    "fairly",
    "firmly",
    "freely",
    "gently",
    "gladly",
    "kindly",
    "lively",
    "loudly",
    "mostly",
]
ADJECTIVES = [
    "amber",
    "brave",
    "brisk",
    "clever",
    "eager",
    "fleet",
    "fuzzy",
    "giant",
    "happy",
    "humble",
    "keen",
    "lucky",
    "merry",
    "noble",
    "proud",
    "quiet",
    "swift",
]
ANIMALS = [
    "badger",
    "beaver",
    "crane",
    "dingo",
    "falcon",
    "ferret",
    "gecko",
    "heron",
    "ibex",
    "jackal",
    "koala",
    "lemur",
    "marmot",
    "newt",
    "otter",
    "puma",
    "raven",
]


class RandomPet(Drawn):
    """A name of `length` words (default 2): adverbs, then an adjective, then an animal. The name is the ID."""

    published_as = "random:index/randomPet:RandomPet"

    def defaults(self, inputs: Values) -> Values:
        return {"length": 2, "separator": "-"}

    def create(self, inputs: Values) -> tuple[str, Values]:
        lists = [ADVERBS] * (inputs["length"] - 2) + [ADJECTIVES, ANIMALS][-inputs["length"] :]
        words = [secrets.choice(words) for words in lists]
        prefix = [inputs["prefix"]] if inputs.get("prefix") else []
        return inputs["separator"].join(prefix + words), dict(inputs)
