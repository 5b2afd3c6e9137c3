"""Commands of this program's steps, as they run: components/rendering.py writes them."""

import base64
import binascii
import re

from components.rendering import FOLDER, unquote

SECRET = re.compile(r"([A-Za-z_]\w*)=([A-Za-z0-9+/]+={0,2})")


def values_of(command: str) -> tuple[dict[str, str], str]:
    """The variables of a step's command, and its script. Of any other command: no variables, and the command."""
    first, _, rest = command.rstrip("\n").partition("\n")
    if FOLDER not in first:
        return {}, command
    lines = [line.removesuffix(" \\") for line in rest.split("\n")]
    words = [unquote(line) if line != "--" else line for line in lines]
    end = words.index("--") if "--" in words else 0
    values = "\n".join(words[:end]).replace("\n|", "\0").split("\n")
    pairs = (line.replace("\0", "\n").partition("=") for line in values if "=" in line)
    return {name: value for name, _, value in pairs}, "\n".join(words[end:])


def secrets_of(stdin: str) -> dict[str, str]:
    """The secrets in a step's stdin, by name."""
    found = {}
    for line in filter(SECRET.fullmatch, stdin.splitlines()):
        name, _, value = line.partition("=")
        try:
            found[name] = base64.b64decode(value, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found
