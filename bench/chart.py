"""The picture of a result: bars in an SVG that reads without a program, in light and in dark."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path

RESULTS = Path(__file__).parent / "results"
WIDTH, LEFT, RIGHT, ROW, TOP = 800, 250, 180, 34, 64


@dataclass(frozen=True)
class Bar:
    """One measurement: its name, how long the bar is by itself, and what is written behind it."""

    name: str
    value: float
    said: str


def draw(name: str, title: str, bars: Sequence[Bar], note: str) -> Path:
    """Write results/NAME.svg, with today's date. `note` says what was measured where."""
    height = TOP + ROW * len(bars) + 34
    longest = max(bar.value for bar in bars) or 1
    day = datetime.now(UTC).strftime("%Y-%m-%d")
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        f' role="img" aria-label="{escape(title)}">',
        "<style>text{font:14px sans-serif;fill:#24292f}.title{font-weight:bold}.note{font-size:12px;fill:#57606a}"
        ".bar{fill:#3572a5}.rest{fill:#eaeef2}@media(prefers-color-scheme:dark){text{fill:#e6edf3}"
        ".note{fill:#8b949e}.rest{fill:#21262d}}</style>",
        f'<text class="title" x="0" y="20">{escape(title)}</text>',
        f'<text class="note" x="0" y="42">{escape(note)}; {day}</text>',
    ]
    for number, bar in enumerate(bars):
        y, room = TOP + ROW * number, WIDTH - LEFT - RIGHT
        length = round(room * bar.value / longest, 1)
        lines += [
            f'<text x="{LEFT - 12}" y="{y + 15}" text-anchor="end">{escape(bar.name)}</text>',
            f'<rect class="rest" x="{LEFT}" y="{y}" width="{room}" height="20" rx="3"/>',
            f'<rect class="bar" x="{LEFT}" y="{y}" width="{length}" height="20" rx="3"/>',
            f'<text x="{LEFT + room + 10}" y="{y + 15}">{escape(bar.said)}</text>',
        ]
    RESULTS.mkdir(exist_ok=True)
    file = RESULTS / f"{name}.svg"
    file.write_text("\n".join([*lines, "</svg>"]) + "\n")
    return file
