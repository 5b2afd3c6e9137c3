"""A section that leaves this host's HAProxy: HAProxy goes on without it, also after an interrupted run."""

import subprocess
from pathlib import Path

import pytest

from components.proxy.local_proxy import HERE
from tests.components.prelude import run_script

SYSTEMCTL = """case "$1" in
  restart | disable) echo "$1" >>"$FOLDER/calls"; [ ! -e "$FOLDER/broken" ] ;;
esac"""


def leave(folder: Path) -> subprocess.CompletedProcess[str]:
    script = (HERE / "local_proxy_leave.sh").read_text().replace("/etc/", f"{folder}/etc/")
    return run_script(folder, script, {"SECTION": "writer"}, {"systemctl": SYSTEMCTL, "journalctl": ""})


@pytest.mark.parametrize(("other", "call"), [("databases.cfg", "restart"), ("00-all.cfg", "disable")])
def test_the_next_run_does_what_one_that_failed_has_left(tmp_path: Path, other: str, call: str) -> None:
    folder = tmp_path / "etc/haproxy/tailnet-k3s"
    folder.mkdir(parents=True)
    (folder / "writer.cfg").touch()
    (folder / other).touch()
    (tmp_path / "broken").touch()
    assert leave(tmp_path).returncode != 0
    (tmp_path / "broken").unlink()
    assert leave(tmp_path).returncode == 0
    assert (tmp_path / "calls").read_text().split() == [call, call]
    assert leave(tmp_path).stderr == "oracle-1 thing: unchanged\n"
    assert (tmp_path / "calls").read_text().split() == [call, call], "it is not disturbed again"
    assert [path.name for path in folder.iterdir()] == [other]
