"""The random stand-in: shapes of values, defaults, what replaces, what is secret."""

import re
from typing import Any

import bcrypt
import pytest

from lab.providers.published import check_outputs
from lab.providers.random.__main__ import RandomProvider
from lab.providers.server import EngineLog
from tests.lab.providers.calling import Caller


def random(kind: str) -> Caller:
    """Calls for one of the types."""
    return Caller(RandomProvider(EngineLog("")), f"random:index/{kind[0].lower()}{kind[1:]}:{kind}")


INPUTS: dict[str, dict[str, Any]] = {
    "RandomPassword": {"length": 20, "overrideSpecial": "_"},
    "RandomString": {"length": 20, "overrideSpecial": "_"},
    "RandomId": {"byteLength": 8, "prefix": "p-"},
    "RandomBytes": {"length": 8},
    "RandomInteger": {"min": 1, "max": 6, "seed": "s"},
    "RandomUuid": {},
    "RandomUuid4": {},
    "RandomUuid7": {},
    "RandomShuffle": {"inputs": ["a", "b"], "resultCount": 3, "seed": "s"},
    "RandomPet": {"prefix": "my"},
}


@pytest.mark.parametrize("kind", INPUTS)
def test_outputs_are_those_of_the_published_plugin(kind: str) -> None:
    caller = random(kind)
    made = caller.create(**INPUTS[kind], keepers={"version": "1"})
    check_outputs(caller.token, made.outputs)
    assert made.resource_id


@pytest.mark.parametrize("kind", INPUTS)
def test_only_a_change_replaces_and_keepers_are_one(kind: str) -> None:
    caller, inputs = random(kind), INPUTS[kind]
    made = caller.create(**inputs, keepers={"version": "1"})
    assert not caller.diff(made, **inputs, keepers={"version": "1"}).changes
    assert caller.diff(made, **inputs, keepers={"version": "2"}).replaces == ["keepers"]
    assert caller.diff(made, **inputs).replaces == ["keepers"]


def test_a_password_is_secret_and_hashed() -> None:
    made = random("RandomPassword").create(length=16)
    assert made.secrets == {"result", "bcryptHash"}
    assert made.resource_id == "none"
    assert len(made.outputs["result"]) == 16
    assert bcrypt.checkpw(made.outputs["result"].encode(), made.outputs["bcryptHash"].encode())


def test_a_long_password_is_hashed_too() -> None:
    assert random("RandomPassword").create(length=100).outputs["bcryptHash"]


def test_a_string_holds_what_was_asked_for() -> None:
    text = random("RandomString").create(length=40, special=False, upper=False, minNumeric=10).outputs["result"]
    assert re.fullmatch("[a-z0-9]{40}", text)
    assert sum(character.isdigit() for character in text) >= 10


def test_a_string_loses_what_is_switched_off_later_by_replacement() -> None:
    caller = random("RandomString")
    made = caller.create(length=8, special=False)
    assert caller.diff(made, length=8).replaces == ["special"]
    assert caller.diff(made, length=9, special=False).replaces == ["length"]


def test_number_is_another_name_of_numeric() -> None:
    made = random("RandomString").create(length=30, special=False, upper=False, number=False)
    assert re.fullmatch("[a-z]{30}", made.outputs["result"])
    assert made.outputs["numeric"] is False


@pytest.mark.parametrize(
    ("inputs", "failure"),
    [
        ({}, "length: missing"),
        ({"length": 4, "minUpper": 5}, "length must be at least"),
        ({"length": 4, "upper": False, "lower": False, "numeric": False, "special": False}, "at least one of"),
        ({"length": "long"}, "length must be an integer"),
        ({"length": 4, "size": 4}, "unknown: size"),
    ],
)
def test_inputs_that_are_refused(inputs: dict[str, Any], failure: str) -> None:
    with pytest.raises(ValueError, match=failure):
        random("RandomString").check(**inputs)


def test_an_id_in_all_notations() -> None:
    made = random("RandomId").create(byteLength=4, prefix="p-")
    assert re.fullmatch("p-[0-9a-f]{8}", made.outputs["hex"])
    assert made.outputs["dec"] == f"p-{int(made.outputs['hex'][2:], 16)}"
    assert made.outputs["b64Url"] == f"p-{made.resource_id}"


def test_no_bytes_at_all_are_refused() -> None:
    with pytest.raises(ValueError, match="length must be at least 1"):
        random("RandomBytes").check(length=0)


def test_a_seed_gives_the_same_again() -> None:
    caller = random("RandomInteger")
    drawn = {caller.create(min=1, max=1_000_000, seed="s").outputs["result"] for _ in range(3)}
    assert len(drawn) == 1


def test_a_pet_has_as_many_words_as_asked_for() -> None:
    for length in (1, 2, 3, 5):
        assert len(random("RandomPet").create(length=length, separator=".").resource_id.split(".")) == length


def test_preview_knows_no_result() -> None:
    planned = random("RandomPassword").create(preview=True, length=8)
    assert planned.outputs["length"] == 8
    assert not isinstance(planned.outputs["result"], str)
    assert planned.secrets == {"result", "bcryptHash"}
