"""Rules for pods that nft does not list after it has loaded them: there is nothing to compare later ones with."""

import subprocess
from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from tests.components.prelude import run_script

NFT = """case "$*" in
  "-f "*) touch "$FOLDER/loaded" ;;
  *"list table inet pods") [ -e "$FOLDER/loaded" ] || exit 1; LISTS ;;
esac"""


def load(folder: Path, lists: str) -> subprocess.CompletedProcess[str]:
    script = (HERE / "pod_rules.sh").read_text().replace("/etc/systemd/system", str(folder))
    values = {"RULES": "table inet pods {}", "FILE": f"{folder}/pods.nft", "TABLE": "pods"}
    verbs = "install_packages() { true; }\nrun_service() { true; }"
    programs = {"nft": NFT.replace("LISTS", lists), "systemctl": ""}
    return run_script(folder, f"{verbs}\n{script}", values, programs)


def test_they_are_loaded_once(tmp_path: Path) -> None:
    assert "loaded the rules for pods" in load(tmp_path, "echo rules").stderr
    assert load(tmp_path, "echo rules").stderr == "oracle-1 thing: unchanged\n"


@pytest.mark.parametrize("lists", ["exit 1", "true"])
def test_rules_that_are_not_listed_end_the_step(tmp_path: Path, lists: str) -> None:
    ran = load(tmp_path, lists)
    assert ran.stderr.splitlines()[-1] == (
        "oracle-1 thing: nft does not list the rules for pods, which it has just loaded"
    )
