"""Puts the values of shell variables where a script uses them, so that a flag in pieces becomes one."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice, product

NAME = r"[A-Za-z_]\w*"
WORD = r"""(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|\$\([^)]*\)?|[^\s;&|()"'])*"""
ASSIGNMENT = re.compile(rf"""(?<![\w$-])(?P<name>{NAME})(?P<more>\+?)=(?:\((?P<list>[^)]*)\)|(?P<word>{WORD}))""")
LOOP = re.compile(rf"\bfor\s+(?P<name>{NAME})\s+in\s+(?P<words>[^;\n]*)")
USE = re.compile(rf"\$(?:(?P<plain>{NAME})|\{{(?P<name>{NAME})(?:\[[@*]\])?(?::?[-=](?P<default>[^}}]*))?\}})")
JOINT = re.compile(r"""(?<=[\w-])["']+(?=[\w-])""")
MOST_VALUES, MOST_LINES, LONGEST = 8, 64, 4096
"""Values of one variable, combinations of values in one line, and signs of a value. The rule ignores what is beyond."""


def expanded(script: str, given: Mapping[str, str]) -> str:
    """The script with each line as it can run. A variable has every value that the script gives it up to there."""
    values = {name: [value] for name, value in given.items()}
    return "\n".join(found for line in script.split("\n") for found in _line(line, values))


def _line(line: str, values: dict[str, list[str]]) -> Iterator[str]:
    """The line with each combination of values. Notes what it assigns."""
    for found in LOOP.finditer(line):
        for word in found["words"].split():
            _assign(values, found["name"], _expansions(_unquoted(word), values))
    for found in ASSIGNMENT.finditer(line):
        texts = _expansions(_unquoted(found["word"] if found["list"] is None else found["list"]), values)
        before = values.get(found["name"], [""]) if found["more"] else [""]
        _assign(values, found["name"], [old + new for old in before for new in texts])
    for text in _expansions(line, values):
        yield text
        if (joined := JOINT.sub("", text)) != text:
            yield joined


def _assign(values: dict[str, list[str]], name: str, texts: Iterable[str]) -> None:
    short = (text for text in texts if len(text) <= LONGEST)
    values[name] = list(dict.fromkeys([*values.get(name, ()), *short]))[-MOST_VALUES:]


def _expansions(text: str, values: Mapping[str, list[str]]) -> list[str]:
    """The text with each combination of values. A variable without a value stays as it is."""
    if "$" not in text:
        return [text]
    names = dict.fromkeys(found["plain"] or found["name"] for found in USE.finditer(text))
    used = [name for name in names if name in values]
    combinations = islice(product(*(values[name] for name in used)), MOST_LINES)
    return list(dict.fromkeys(_put_in(text, dict(zip(used, chosen, strict=True))) for chosen in combinations))


def _put_in(text: str, chosen: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        known = chosen.get(found["plain"] or found["name"])
        return (known or found["default"] or known) or (found[0] if known is None else "")

    return USE.sub(value, text)


def _unquoted(word: str) -> str:
    return re.sub(r"""["']""", "", word)
