"""Each file in bad/ gives the findings in its first comment, each in good/ gives none."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from components.datastore.registry import DATASTORES
from components.look.findings.packages import needed_packages
from components.look.judge import COMPARISONS, RULES, STACK_RULES, judge
from components.settings.errors import Finding
from tests.look.files import HERE, read, wanted_of
from tests.stack import ROOT

BAD = sorted(HERE.glob("bad/*.yaml"))
GOOD = sorted(HERE.glob("good/*.yaml"))


def expected(text: str) -> list[str]:
    """The comment that a file starts with: a finding a line, and its further lines with two more blanks before them."""
    found: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        said = line.removeprefix("# ")
        if said.startswith("  "):
            found[-1] += f" {said.strip()}"
        else:
            found.append(said)
    return [" ".join(one.split()) for one in found]


def shown(finding: Finding) -> str:
    """As a comment has it."""
    mark = "warning: " if finding.severity == "warning" else ""
    return " ".join(f"{mark}{finding.key} {finding.message}".split())


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_what_is_wrong_is_told(file: Path) -> None:
    assert [shown(finding) for finding in judge(*read(file))] == expected(file.read_text())


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_what_is_right_is_not_told(file: Path) -> None:
    assert [shown(finding) for finding in judge(*read(file))] == []


def test_every_rule_has_a_file_that_breaks_it() -> None:
    broken: set[str] = set()
    for file in BAD:
        wanted, facts = read(file)
        broken |= {rule.__name__ for rule in RULES for name in facts if any(rule(wanted[name], facts[name]))}
        seen = {name: wanted[name] for name in facts}
        broken |= {rule.__name__ for rule in COMPARISONS if any(rule(seen, facts))}
        broken |= {rule.__name__ for rule in STACK_RULES if any(rule(wanted, facts))}
    assert {rule.__name__ for rule in (*RULES, *COMPARISONS, *STACK_RULES)} - broken == set()


def test_packages_that_scripts_install_are_known() -> None:
    """Scripts of rare cases install more, and only where a program is missing."""
    rare = {"e2fsprogs", "python3-cryptography", "sudo"}
    scripts = [file.read_text() for file in (ROOT / "components").rglob("*.sh") if file.name != "prelude.sh"]
    lines = re.findall(r"\binstall_(?:packages|unstarted \S+) ([a-z][a-z0-9 .-]*)", "\n".join(scripts))
    installed = {name for line in lines for name in line.split()}
    known: set[str] = set()
    host = replace(wanted_of("oracle-1", {"roles": ["server", "database"]}), backup_hours=6)
    own = {"galera": {"arbitrator": "oracle-1"}, "external": {"url": "mysql://k3s:x@tcp(db.example:3306)/k3s"}}
    for name, kind in DATASTORES.items():
        datastore = kind.settings.model_validate({"kind": name, **own.get(name, {})})
        known |= set(needed_packages(replace(host, datastore=datastore)))
    assert installed - rare == known - {"python3-pymysql"}, "that one comes with a variable of the script"


def test_a_host_that_nobody_has_seen_is_left_out() -> None:
    wanted, facts = read(HERE / "bad" / "machine-twice.yaml")
    first = next(iter(facts))
    assert judge(wanted, {first: facts[first]}) == []
