"""The overlay's service gets the new list of authorities, also after a run that could not restart it."""

import subprocess
from pathlib import Path

from components.clouds.existing.host import HERE
from tests.components.prelude import run_script

SYSTEMCTL = """case "$*" in
  "cat tailscaled.service") [ -e "$FOLDER/unit" ] ;;
  "try-restart tailscaled.service") echo restart >>"$FOLDER/calls"; [ ! -e "$FOLDER/broken" ] ;;
esac"""


def trust(folder: Path) -> subprocess.CompletedProcess[str]:
    script = (HERE / "certificates.sh").read_text().replace("/usr/local/", f"{folder}/")
    script = f'install_packages() {{ true; }}\n{script}\ntrust_certificates "$PEM"'
    values = {"STATE_FOLDER": f"{folder}/state", "OVERLAY_UNIT": "tailscaled.service", "PEM": "an authority"}
    return run_script(folder, script, values, {"systemctl": SYSTEMCTL, "update-ca-certificates": ""})


def test_a_restart_that_failed_is_done_by_the_next_run(tmp_path: Path) -> None:
    (tmp_path / "unit").touch()
    (tmp_path / "broken").touch()
    ran = trust(tmp_path)
    assert "restarting tailscaled.service failed" in ran.stderr.splitlines()[-1]
    (tmp_path / "broken").unlink()
    assert trust(tmp_path).returncode == 0
    assert (tmp_path / "calls").read_text().split() == ["restart", "restart"]
    assert trust(tmp_path).stderr == "oracle-1 thing: unchanged\n"
    assert (tmp_path / "calls").read_text().split() == ["restart", "restart"]


def test_a_service_that_is_not_there_yet_is_not_restarted(tmp_path: Path) -> None:
    assert trust(tmp_path).returncode == 0
    assert not (tmp_path / "calls").exists()
    assert not (tmp_path / "state/certificates-pending").exists()
