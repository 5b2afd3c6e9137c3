"""The step of the rules for pods on a real host: they outlast what happens to a host, and go with it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from components.cluster.pod_rules import FILE, TABLE
from components.look.look import claims_program
from components.rendering import MARKS_FOLDER, verbs, words
from lab.hosts import reboot, run_in_host
from lab.lab import Lab
from tests.components.cluster.test_pod_rules import RULES
from tests.lab.hosts.real_lab import SSH_FROM_OPERATOR, lab_of, spec, ssh
from tests.waiting import until

pytestmark = pytest.mark.lab

NAME, ADDRESS, STEP = "host-12", "198.51.100.12", "k3s-pod-rules-host-12"
UNIT = "tailnet-k3s-pods.service"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab_of("t-pods", tmp_path_factory.mktemp("lab"), spec(12, SSH_FROM_OPERATOR)) as lab:
        ssh(lab, ADDRESS, "cloud-init status --wait", seconds=300)
        yield lab


def on_host(lab: Lab, script: str) -> str:
    return run_in_host(lab, NAME, ["bash", "-c", script])


def step(lab: Lab, script: Path, **values: str) -> str:
    """What the step says last."""
    told = words(script.read_text(), {"FILE": FILE, "TABLE": TABLE, **values})
    run_in_host(lab, NAME, ["bash", "-c", "cat >/run/step.sh"], stdin=verbs())
    run = 'set -o pipefail; bash /run/step.sh "$@" 2>&1 | tail -n 1'
    return run_in_host(lab, NAME, ["bash", "-c", run, "-", NAME, STEP, "/run/step.sh", *told])


def keep_away(lab: Lab, rules: str = RULES) -> str:
    return step(lab, HERE / "pod_rules.sh", RULES=rules.rstrip("\n")).strip()


def rules_of(lab: Lab) -> str:
    """What the kernel has of them; nothing, if it has none."""
    return on_host(lab, f"nft --stateless list table inet {TABLE} 2>/dev/null || true")


def differences(lab: Lab) -> str:
    """What the look says of the step."""
    return run_in_host(lab, NAME, ["python3", "-"], stdin=claims_program())


def test_a_second_run_changes_nothing(lab: Lab) -> None:
    assert keep_away(lab) != f"{NAME} {STEP}: unchanged"
    assert "drop" in rules_of(lab)
    assert keep_away(lab) == f"{NAME} {STEP}: unchanged"
    assert '"differs": []' in differences(lab)


def test_they_outlast_a_reboot_and_the_services_that_drop_all_tables(lab: Lab) -> None:
    keep_away(lab)
    wanted = rules_of(lab)
    for verb in ("restart", "reload"):
        on_host(lab, f"systemctl enable -q nftables && systemctl start nftables && systemctl {verb} nftables")
        until(f"the rules after a {verb} of nftables", lambda: rules_of(lab) == wanted)  # systemctl waits for nftables
    reboot(lab, NAME)
    ssh(lab, ADDRESS, "systemctl is-system-running --wait || true", seconds=300)
    assert rules_of(lab) == wanted
    assert '"differs": []' in differences(lab)


def test_who_removes_them_is_told_and_the_next_run_brings_them_back(lab: Lab) -> None:
    keep_away(lab)
    wanted = rules_of(lab)
    on_host(lab, f"nft flush chain inet {TABLE} from_pods")
    assert "were changed or removed" in differences(lab)
    assert keep_away(lab) == f"{NAME} {STEP}: loaded the rules for pods"
    assert rules_of(lab) == wanted
    assert '"differs": []' in differences(lab)


def test_a_change_of_the_rules_is_loaded(lab: Lab) -> None:
    keep_away(lab)
    changed = RULES.replace("9200", "9201")
    keep_away(lab, changed)
    assert "9201" in rules_of(lab)
    assert "9200" not in rules_of(lab)


def test_nothing_is_left_of_them_on_a_host_that_leaves(lab: Lab) -> None:
    keep_away(lab)
    step(lab, HERE / "pod_rules_leave.sh", UNDOES=STEP)
    assert rules_of(lab) == ""
    left = on_host(
        lab, f"ls -d {Path(FILE).parent} /etc/systemd/system/{UNIT} {MARKS_FOLDER}/{STEP} 2>/dev/null || true"
    )
    assert left == ""
