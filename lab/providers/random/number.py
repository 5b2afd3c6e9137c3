"""random.RandomId, RandomBytes, RandomInteger, RandomUuid, RandomUuid4, RandomUuid7 and RandomShuffle."""

import base64
import secrets
import time
import uuid
from collections.abc import Iterator

from pulumi.provider.experimental import provider as sdk

from lab.providers.properties import has_unknown
from lab.providers.random.drawn import Drawn, source_of
from lab.providers.stand_in import Values


class RandomId(Drawn):
    """Random bytes in several notations, each with the prefix in front. The ID is base64url without the prefix."""

    published_as = "random:index/randomId:RandomId"

    def create(self, inputs: Values) -> tuple[str, Values]:
        drawn, prefix = secrets.token_bytes(inputs["byteLength"]), inputs.get("prefix") or ""
        url = base64.urlsafe_b64encode(drawn).decode().rstrip("=")
        notations = {
            "b64Url": url,
            "b64Std": base64.b64encode(drawn).decode(),
            "hex": drawn.hex(),
            "dec": str(int.from_bytes(drawn, "big")),
        }
        return url, inputs | {name: prefix + text for name, text in notations.items()}


class RandomBytes(Drawn):
    """Random bytes as a secret."""

    published_as = "random:index/randomBytes:RandomBytes"
    secret = frozenset({"base64", "hex"})

    def check(self, inputs: Values) -> Iterator[sdk.CheckFailure]:
        if not has_unknown(inputs["length"]) and inputs["length"] < 1:
            yield sdk.CheckFailure("length", "length must be at least 1")

    def create(self, inputs: Values) -> tuple[str, Values]:
        drawn = secrets.token_bytes(inputs["length"])
        return "none", {**inputs, "base64": base64.b64encode(drawn).decode(), "hex": drawn.hex()}


class RandomInteger(Drawn):
    """A whole number from `min` to `max`, both included."""

    published_as = "random:index/randomInteger:RandomInteger"

    def check(self, inputs: Values) -> Iterator[sdk.CheckFailure]:
        if not has_unknown([inputs["min"], inputs["max"]]) and inputs["min"] > inputs["max"]:
            yield sdk.CheckFailure("min", "min must not be more than max")

    def create(self, inputs: Values) -> tuple[str, Values]:
        drawn = source_of(inputs).randint(inputs["min"], inputs["max"])
        return str(drawn), {**inputs, "result": drawn}


class RandomUuid(Drawn):
    """A random UUID (version 4)."""

    published_as = "random:index/randomUuid:RandomUuid"

    def create(self, inputs: Values) -> tuple[str, Values]:
        drawn = str(uuid.uuid4())
        return drawn, {**inputs, "result": drawn}


class RandomUuid4(RandomUuid):
    """The same under its newer name."""

    published_as = "random:index/randomUuid4:RandomUuid4"


class RandomUuid7(Drawn):
    """A UUID that starts with the time in milliseconds (RFC 9562, section 5.7)."""

    published_as = "random:index/randomUuid7:RandomUuid7"

    def create(self, inputs: Values) -> tuple[str, Values]:
        bits = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
        bits = bits & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62
        drawn = str(uuid.UUID(int=bits))
        return drawn, {**inputs, "result": drawn}


class RandomShuffle(Drawn):
    """`inputs` in random order: the first `resultCount` of them. If `resultCount` is larger, they repeat."""

    published_as = "random:index/randomShuffle:RandomShuffle"

    def create(self, inputs: Values) -> tuple[str, Values]:
        source, given = source_of(inputs), list(inputs["inputs"])
        count = inputs.get("resultCount") or len(given)
        results: list[str] = []
        while given and len(results) < count:
            results += source.sample(given, len(given))
        return "-", {**inputs, "results": results[:count]}
