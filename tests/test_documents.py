"""What the documents say of clouds: what nobody has tried, and where the lab's figures are not Cloudflare's."""

import re

import pytest

from tests.stack import ROOT

EDGE = ROOT / "lab" / "internet" / "edge"


def row(page: str, words: str) -> str:
    """The line of a table that has these words."""
    (found,) = [line for line in (ROOT / "docs" / page).read_text().splitlines() if words in line]
    return found


def test_how_soon_the_labs_edge_leaves_an_origin_is_said_to_be_the_labs() -> None:
    line = row("lab-differences.md", "Cloudflare waits up to 19 s")
    (connect,) = re.findall(r"connectTimeout += (\d+) \* time.Millisecond", (EDGE / "health.go").read_text())
    (silence,) = re.findall(r"ackTimeout += (\d+) \* time.Second", (EDGE / "dial.go").read_text())
    assert f"waits {int(connect) / 1000:g} s and {silence} s" in line
    assert "kinder than Cloudflare" in line


@pytest.mark.parametrize(
    "words",
    [
        "reserved-public-ip-count",
        "out of host capacity",
        "Standard_B2pls_v2",
        "Microsoft.Resources/subscriptions/operationresults/read",
        "IPv6 from end to end",
        "dpkg",
        "datastore.suspect_seconds",
    ],
)
def test_what_only_an_account_can_tell_stands_above_the_first_step(words: str) -> None:
    page = (ROOT / "docs" / "own-clouds.md").read_text()
    top = page[: page.index("\n1. **")]
    assert top.index("Not yet tried with real accounts") < top.index(words)
