"""Files that scripts write on hosts, and programs that services run. A change of one restarts a service on every host.

So even a changed comment is a change in review: see the fixture.
"""

import re
from pathlib import Path

from components.rendering import PRELUDE
from tests.components.golden import check

COMPONENTS = PRELUDE.parent
FIXTURE = Path(__file__).parent / "fixtures" / "service_files.txt"
FILE = re.compile(r'write_file "?([^" ]+)"? [^\n]*<<\'?([A-Z]+)\'?\n(.*?)\n\2\n', re.DOTALL)
PROGRAMS = ("health.py", "watch.py")
"""Programs of services of a database member. Each service restarts for a change."""


def test_their_texts_change_on_purpose_only() -> None:
    parts = []
    for script in sorted(COMPONENTS.rglob("*.sh")):
        for path, _, text in FILE.findall(script.read_text()):
            parts.append(f"=== {script.relative_to(COMPONENTS)}: {path}\n{text}\n")
    parts += [f"=== {name}\n{(COMPONENTS / 'datastore/galera/member' / name).read_text()}" for name in PROGRAMS]
    check(FIXTURE, "\n".join(parts))
