"""Each test that the threat model names is there."""

import re

from tests.stack import ROOT

NAMED = re.compile(r"`(tests/[\w./-]+)(?:::(test_\w+))?`")


def test_every_limit_names_a_test_that_is_there() -> None:
    found = NAMED.findall((ROOT / "docs" / "security.md").read_text())
    assert len(found) > 12
    for file, test in found:
        assert (ROOT / file).exists(), file
        assert not test or f"def {test}(" in (ROOT / file).read_text(), f"{file}::{test}"
