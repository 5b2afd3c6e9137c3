"""Reads HuJSON, the format of tailnet policies: JSON with comments and trailing commas."""

import json
import re
from typing import Any

STRING = r'"(?:[^"\\]|\\.)*"'
COMMENT = re.compile(rf"({STRING})|//[^\n]*|/\*.*?\*/", re.DOTALL)
LAST_COMMA = re.compile(rf"({STRING})|,(?=\s*[\]}}])", re.DOTALL)


def parse(text: str) -> dict[str, Any]:
    """The object in a HuJSON text. Raises ValueError with line and column."""
    plain = LAST_COMMA.sub(lambda found: found[1] or "", COMMENT.sub(kept_lines, text))
    document = json.loads(plain)
    if not isinstance(document, dict):
        raise ValueError("a policy is an object: { … }")
    return document


def kept_lines(found: re.Match[str]) -> str:
    """Keeps a string. Of a comment, keeps the line ends only, so that errors still name the right line."""
    return found[1] or "\n" * found[0].count("\n")
