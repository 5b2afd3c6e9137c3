"""random.RandomPassword and random.RandomString."""

import secrets
from collections.abc import Iterator
from string import ascii_lowercase, ascii_uppercase, digits

import bcrypt
from pulumi.provider.experimental import provider as sdk

from lab.providers.properties import has_unknown
from lab.providers.random.drawn import Drawn
from lab.providers.stand_in import Values

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"
MINIMA = {"upper": "minUpper", "lower": "minLower", "numeric": "minNumeric", "special": "minSpecial"}
BCRYPT_BYTES = 72
"""bcrypt's limit. The published plugin hashes only the first bytes of a longer password."""


class RandomString(Drawn):
    """A text of `length` characters, with at least `min…` characters of each kind. Kinds can be switched off."""

    published_as = "random:index/randomString:RandomString"

    def defaults(self, inputs: Values) -> Values:
        # `number` is the old name of `numeric`. The given one sets both.
        numeric = next((inputs[name] for name in ("numeric", "number") if inputs.get(name) is not None), True)
        switches = {"upper": True, "lower": True, "special": True, "numeric": numeric, "number": numeric}
        return switches | dict.fromkeys(MINIMA.values(), 0)

    def check(self, inputs: Values) -> Iterator[sdk.CheckFailure]:
        if has_unknown([value for name, value in inputs.items() if name != "keepers"]):
            return
        if inputs["length"] < 1 or inputs["length"] < sum(inputs[minimum] for minimum in MINIMA.values()):
            yield sdk.CheckFailure("length", "length must be at least 1, and at least the sum of all min… inputs")
        if not any(inputs[kind] for kind in MINIMA):
            yield sdk.CheckFailure("upper", "at least one of upper, lower, numeric and special must be true")

    def create(self, inputs: Values) -> tuple[str, Values]:
        text = draw(inputs)
        return text, {**inputs, "result": text}


class RandomPassword(RandomString):
    """The same as a secret, with a hash of it."""

    published_as = "random:index/randomPassword:RandomPassword"
    secret = frozenset({"result", "bcryptHash"})

    def create(self, inputs: Values) -> tuple[str, Values]:
        text = draw(inputs)
        digest = bcrypt.hashpw(text.encode()[:BCRYPT_BYTES], bcrypt.gensalt(10)).decode()
        return "none", {**inputs, "result": text, "bcryptHash": digest}


def draw(inputs: Values) -> str:
    """A random text for the inputs, which include all defaults."""
    kinds = {"upper": ascii_uppercase, "lower": ascii_lowercase, "numeric": digits}
    kinds["special"] = inputs.get("overrideSpecial") or SPECIAL
    drawn = [secrets.choice(kinds[kind]) for kind, minimum in MINIMA.items() for _ in range(inputs[minimum])]
    everything = "".join(kinds[kind] for kind in MINIMA if inputs[kind])
    drawn += [secrets.choice(everything) for _ in range(inputs["length"] - len(drawn))]
    secrets.SystemRandom().shuffle(drawn)
    return "".join(drawn)
