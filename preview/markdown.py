"""The comment: a summary for everybody, what the policies say, and all changes folded. It fits into one comment."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from policies.secret_shapes import masked
from preview.apps import app_lines
from preview.details import Detail, details
from preview.events import Preview
from preview.machines import machine_lines

LIMIT = 60_000
"""Characters. GitHub takes 65,536."""
LONGEST_LINE, MOST_LINES = 600, (150, 40, 10)
"""Characters of one line, and lines of one part of the summary: as many as fit."""
COUNTED = {"create": "to create", "update": "to update", "replace": "to replace", "delete": "to delete"}


def comment(preview: Preview, stack: str, limit: int = LIMIT) -> str:
    """The whole comment. Its first line is invisible: it tells which comment of a pull request is the stack's own."""
    for most in MOST_LINES:
        head = "\n".join([marker(stack), *_head(preview, stack, most)])
        if len(head) < limit * 3 / 4:
            break
    return f"{head}\n{_folded(details(preview), limit - len(head) - 1)}"


def marker(stack: str) -> str:
    """The invisible first line."""
    return f"<!-- preview of {stack} -->"


def is_empty(preview: Preview) -> bool:
    """Whether an `up` would change nothing outside of the state."""
    return not any(change.custom for change in preview.changes)


def _head(preview: Preview, stack: str, most: int) -> list[str]:
    lines = [f"### Preview of `{_plain(stack)}`: {_counts(preview)}", ""]
    if preview.problems:
        lines += ["**`up` would fail:**", "", *_bullets(preview.problems, most), ""]
    happening = [*machine_lines(preview), *app_lines(preview), *_cost(preview)]
    lines += [*_bullets(happening, most, escaped=False), ""] if happening else []
    if preview.warnings:
        lines += ["**Warnings**", "", *_bullets(preview.warnings, most), ""]
    return [*lines, *_policies(preview, most)]


def _counts(preview: Preview) -> str:
    if preview.problems and is_empty(preview):
        return "failed"
    counts = {word: sum(one.custom and one.operation == op for one in preview.changes) for op, word in COUNTED.items()}
    return ", ".join(f"{count} {word}" for word, count in counts.items() if count) or "nothing changes"


def _cost(preview: Preview) -> Iterable[str]:
    before, after = preview.cost_before, preview.cost_after
    if after is None:
        return
    if before is None or before == after:
        yield f"cost: {after:.2f} USD a month{'' if before is None else ', as before'}"
    else:
        yield f"cost: {before:.2f} → {after:.2f} USD a month"


def _policies(preview: Preview, most: int) -> list[str]:
    if not preview.findings:
        return ["Policies: no rule is broken."]
    ordered = sorted(preview.findings, key=lambda one: not one.mandatory)
    lines = (f"{'❌' if one.mandatory else '⚠️'} {one.rule}: {one.message}" for one in ordered)
    refused = any(one.mandatory for one in ordered)
    return [f"**Policies{' refuse this' if refused else ''}**", "", *_bullets(lines, most)]


def _bullets(texts: Iterable[str], most: int, *, escaped: bool = True) -> list[str]:
    lines = [f"- {(_escaped if escaped else _safe)(text)[:LONGEST_LINE]}" for text in texts]
    more = len(lines) - most
    return [*lines[:most], f"- … and {more} more"] if more > 0 else lines


def _folded(found: Sequence[Detail], room: int) -> str:
    """As much as there is room for. Further lines go first, where they are the most, and then the last changes."""
    if not found:
        return ""
    kept = list(found)
    over = len(_block(kept, len(found))) - room
    for at in sorted(range(len(kept)), key=lambda at: -len(kept[at].more)):
        if over <= 0:
            break
        over -= sum(len(_more(line)) + 1 for line in kept[at].more)
        kept[at] = replace(kept[at], more=())
    while kept and len(text := _block(kept, len(found))) > room:
        kept = kept[: int(len(kept) * min(0.98, room / len(text)))]
    return _block(kept, len(found))


def _block(kept: Sequence[Detail], count: int) -> str:
    lines = ["", f"<details><summary>All changes ({count})</summary>", "", "```diff"]
    subject = None
    for one in kept:
        if one.subject != subject:
            lines.append(f"@@ {_code(one.subject)} @@")
            subject = one.subject
        lines.append(_code(one.line))
        lines += map(_more, one.more)
    lines += ["```", ""]
    if len(kept) < count:
        lines.append(f"{count - len(kept)} more changes have no room here: run `bin/preview` on your own computer.")
    return "\n".join([*lines, "</details>", ""])


def _more(line: str) -> str:
    return f"    {_code(line)}"


def _code(text: str) -> str:
    """A line inside of a block of code, which it can't end."""
    return masked(text).replace("```", "'''").replace("\n", " ")[:LONGEST_LINE]


def _safe(text: str) -> str:
    """A line of the summary. Nobody is called by name in it, and it has no HTML."""
    return re.sub(r"@(?=\w)", "@\u200b", masked(text).replace("<", "&lt;")).replace("\n", "<br>")


def _escaped(text: str) -> str:
    """A text from elsewhere, shown as it is."""
    return re.sub(r"([\\`*_\[\]|])", r"\\\1", _safe(text))


def _plain(text: str) -> str:
    return re.sub(r"[^\w./-]", "", text)
