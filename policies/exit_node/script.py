"""The statements of a script or of a file: without comments, documents, and words that are only printed or searched."""

import re
from collections.abc import Iterator
from itertools import pairwise

from policies.exit_node.contents import DOCUMENT

COMMENT = re.compile(r"\s*(#|//|;)")
TRAILING = re.compile(r"""(?:[^\s"'#]|\s(?!#)|(?<!\s)\#|"(?:\\.|[^"\\])*"|'[^']*')*\s(?P<comment>\#.*)$""")
HEREDOC = re.compile(r"""<<-?\s*\\?["']?(?P<end>\w+)["']?""")
SEGMENT = re.compile(r"""(?:[^;&|"']|(?<=>)&|"(?:\\.|[^"\\])*"|'[^']*')+|[;&|]+|["']""")
BEFORE = r"(?:(?:if|then|else|elif|do|while|until|!|\{|\(|sudo|time)\s+)*"
PRINTS = r"(echo|printf|print|logger|fail|die|warn|warning|info|log|note|changed|[ef]?grep|man)\s"
MAY_MENTION = re.compile(rf"\b{PRINTS}")
MENTION = re.compile(rf"\s*{BEFORE}{PRINTS}")
TO_A_FILE = re.compile(r"(?<![-=])>(?!&)(?!\s*/dev/(null|stdout|stderr|tty)\b)")
READS_ONLY = re.compile(r"\s*(logger|systemd-cat|cat|less|more|wc|head|tail|[ef]?grep)\b")


def statements(text: str) -> str:
    """The text without what only mentions things."""
    if not re.search(r"[#;/]|<<", text) and not MAY_MENTION.search(text):
        return text.replace("\\\n", " ")
    kept = (_without_comment(line) for line in _without_documents(text.replace("\\\n", " ").split("\n")))
    return "\n".join(_without_mentions(line) for line in kept if not COMMENT.match(line))


def _without_documents(lines: list[str]) -> Iterator[str]:
    """Leaves out here-documents that become files for people, or that are printed."""
    end = None
    for line in lines:
        if end is not None:
            end = None if line.strip() == end else end
            continue
        found = HEREDOC.search(line)
        if found and _is_for_people(line):
            end = found["end"]
            continue
        yield line


def _is_for_people(line: str) -> bool:
    words = re.split(r"""[\s"'<>|]+""", line)
    printed = re.match(r"\s*(:|cat)\s", line) and not re.search(r">|\|", line)
    return bool(printed) or any(map(DOCUMENT.fullmatch, filter(None, words)))


def _without_comment(line: str) -> str:
    found = TRAILING.match(line) if " #" in line or "\t#" in line else None
    return line[: found.start("comment")] if found else line


def _without_mentions(line: str) -> str:
    """Leaves out commands that print or search, if their words go to no file, and to no command that may run them."""
    if not MAY_MENTION.search(line) or TO_A_FILE.search(line):
        return line
    segments: list[str] = SEGMENT.findall(line)
    if '"' in segments or "'" in segments:  # a quote that ends on another line
        return line
    if any(bar == "|" and not READS_ONLY.match(after) for bar, after in pairwise(segments)):
        return line
    return "".join(part for part in segments if not MENTION.match(part))
