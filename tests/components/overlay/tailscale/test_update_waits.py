"""A tailscaled that does not answer yet is not taken for one of the pinned version."""

import subprocess
from pathlib import Path

import pytest

from components.overlay.tailscale.joining import UPDATE
from tests.components.prelude import run_script

TAILSCALE = """[ "$*" = "version --daemon" ] || exit 1
echo asked >>"$FOLDER/asked"
[ "$(wc -l <"$FOLDER/asked")" -gt "$(<"$FOLDER/silent")" ] || { echo "no tailscaled" >&2; exit 1; }
printf 'Client: any\\nDaemon: %s-t123\\n' "$(<"$FOLDER/version")"
"""
PROGRAMS = {"tailscale": TAILSCALE, "systemctl": "echo inactive", "sleep": ""}


def run_step(folder: Path, version: str, silent: int, seconds: int = 60) -> subprocess.CompletedProcess[str]:
    """What the step says. `silent`: how many questions the daemon does not answer."""
    functions, mark, rest = UPDATE[-1].read_text().partition("\nwait_until 400 ")
    rest = rest.replace("wait_until 60", f"wait_until {seconds}")
    (folder / "version").write_text(version)
    (folder / "silent").write_text(str(silent))
    script = f"{functions}\nupdate() {{ changed updates; }}\nhas_own_tailscale() {{ false; }}{mark}{rest}"
    return run_script(folder, script, {"VERSION": "2.0", "CONTROL_SERVER": ""}, PROGRAMS)


@pytest.mark.parametrize("silent", [0, 2])
@pytest.mark.parametrize(("version", "said"), [("1.0", "updates"), ("2.0", "unchanged")])
def test_it_is_updated_once_it_tells_that_it_is_another(tmp_path: Path, version: str, said: str, silent: int) -> None:
    assert run_step(tmp_path, version, silent).stderr == f"oracle-1 thing: {said}\n"


def test_one_that_never_answers_ends_the_step(tmp_path: Path) -> None:
    ran = run_step(tmp_path, "1.0", silent=99, seconds=0)
    assert ran.stderr.splitlines()[-1] == (
        "oracle-1 thing: waited 0 s for: tailscaled to tell its version; saw: no tailscaled"
    )
