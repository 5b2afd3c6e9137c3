"""Reads what the two programs of the look printed on a host."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import ValidationError

from components.look.ask import Answers, NoAnswer
from components.look.facts import Facts
from components.look.reasons import Mark, Marks


@dataclass(frozen=True)
class Report:
    """What a host said of itself."""

    marks: Mapping[str, Mark]
    facts: Facts


def report_of(answers: Answers) -> Report | NoAnswer:
    """The report, or why nobody can read it. A login shell may print text of its own before the answer."""
    marks, facts = answers.texts
    try:
        read = Marks.model_validate_json(marks)
        return Report(read.root, Facts.model_validate_json(facts).model_copy(update={"asked": answers.asked}))
    except ValidationError as error:
        text = marks if error.title == Marks.__name__ else facts
        shown = (text.strip().splitlines() or ["nothing"])[0][:80]
        return NoAnswer(f"its answer begins with {shown!r}: does a file like ~/.bashrc print that?", is_up=True)
