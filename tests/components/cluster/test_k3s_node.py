"""How a node knows that it is one: it asks for its own name, whatever that looks like; and that it is back."""

import base64
import re
import subprocess
from pathlib import Path

import pytest

from components.cluster.k3s import HERE
from tests.certificates import ending_in
from tests.components.prelude import run_script


@pytest.mark.parametrize("name", ["007", "1", "2024-01-01", "no", "null", "oracle-1"])
def test_it_asks_for_its_own_node(tmp_path: Path, name: str) -> None:
    (is_node,) = re.findall(r"^is_node\(\) \{.*\}$", (HERE / "k3s_node.sh").read_text(), re.MULTILINE)
    config = f'node-name: "{name}"\n'
    (tmp_path / "config.yaml").write_text(config)
    ran = run_script(tmp_path, f"folder={tmp_path}\n{is_node}\nis_node", {"HOST": name}, {"k3s": 'printf "%s\\n" "$@"'})
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines()[-3:] == [name, "-o", "name"]


ANSWERS = """case "$*" in
  *"--kubeconfig /var/lib/rancher/k3s/agent/kubelet.kubeconfig"*" lease "*) echo "$RENEWED" ;;
  *"--kubeconfig /var/lib/rancher/k3s/agent/kubelet.kubeconfig"*" node "*) echo "$READY" ;;
  *) exit 1 ;;
esac"""


@pytest.mark.parametrize(
    ("ready", "renewed", "back"),
    [
        ("True", "2026-11-30T01:00:05.123456Z", True),
        ("True", "2026-11-30T00:59:59.999999Z", False),
        ("Unknown", "2026-11-30T01:00:05.123456Z", False),
        ("True", "", False),
    ],
)
def test_a_node_is_back_once_it_has_said_so_itself(tmp_path: Path, ready: str, renewed: str, back: bool) -> None:
    """Until it is missed, the API calls it Ready while it restarts."""
    text = (HERE / "node_certificates.sh").read_text()
    functions = "\n".join(re.findall(r"^(?:ask_as_node|is_back)\(\) \{.*?^\}$", text, re.MULTILINE | re.DOTALL))
    script = (
        f"export RENEWED={renewed} READY={ready}\n{functions}\nis_back 2026-11-30T01:00:00Z && echo back || echo not"
    )
    ran = run_script(tmp_path, script, {"HOST": "oracle-1"}, {"k3s": f"READY={ready} RENEWED={renewed}\n{ANSWERS}"})
    assert ran.stdout.splitlines()[-1:] == ["back" if back else "not"], ran.stderr


SYSTEMCTL = """case "$*" in
  "show -p InvocationID"*) cat "$FOLDER/run" ;;
  "restart --no-block k3s.service") echo restarted >>"$FOLDER/restarts"; echo second >"$FOLDER/run"
    cp "$FOLDER/new" "$FOLDER/rancher/k3s/agent/a.crt" ;;
esac"""
WAITED_FOR = 'wait_until() { shift; echo "$1" >>"$FOLDER/waits"; shift; "$@" >/dev/null || true; }'


def end_of_step(
    folder: Path, certificate: str, restarts_itself: bool = False, **programs: str
) -> subprocess.CompletedProcess[str]:
    """What an agent's step does after it has written its files. k3s has run before."""
    (folder / "rancher" / "k3s" / "agent").mkdir(parents=True)
    (folder / "rancher" / "k3s" / "agent" / "a.crt").write_text(certificate)
    (folder / "new").write_text(ending_in(365))
    (folder / "run").write_text("first\n")
    end = (HERE / "k3s_node.sh").read_text().partition('"flannel-iface: $INTERFACE"')[2].partition("\n")[2]
    end = "\n".join(line for line in end.splitlines() if not line.startswith("write_file "))
    verbs = (HERE / "node_certificates.sh").read_text().replace("/var/lib/rancher", f"{folder}/rancher")
    run_k3s = 'run_k3s() { echo second >"$FOLDER/run"; }' if restarts_itself else "run_k3s() { :; }"
    script = f"{verbs}\n{WAITED_FOR}\n{run_k3s}\nremove_unused_datastore_tls() {{ :; }}\n{end}".replace(
        "/run/k3s-not-renewed", f"{folder}/not-renewed"
    )
    values = {"ROLE": "agent", "unit": "k3s", "run": "first", "HOST": "oracle-1"}
    return run_script(folder, script, values, {"systemctl": SYSTEMCTL, "k3s": "exit 1"} | programs)


@pytest.mark.parametrize(
    ("days", "restarts_itself", "restarted", "waits_until_ready"),
    [(300, False, 0, False), (300, True, 0, True), (30, False, 1, True), (-30, False, 1, True), (30, True, 0, True)],
)
def test_k3s_restarts_once_for_a_change_or_for_certificates_and_the_step_waits_for_the_node(
    tmp_path: Path, days: int, restarts_itself: bool, restarted: int, waits_until_ready: bool
) -> None:
    ran = end_of_step(tmp_path, ending_in(days), restarts_itself)
    assert ran.returncode == 0, ran.stderr
    assert "not found" not in ran.stderr, "a verb that is not there is no answer"
    file = tmp_path / "restarts"
    assert len(file.read_text().splitlines() if file.exists() else []) == restarted
    assert ("node oracle-1 to be Ready again" in (tmp_path / "waits").read_text()) == waits_until_ready


@pytest.mark.parametrize(
    ("certificate", "openssl", "why"),
    [
        ("no certificate", 'exec /usr/bin/openssl "$@"', "openssl does not tell the end of "),
        (ending_in(300), "echo out of memory; exit 1", "openssl does not tell the end of "),
        (ending_in(30), 'exec /usr/bin/openssl "$@"', ""),
    ],
)
def test_an_end_that_is_not_told_is_not_taken_for_late(
    tmp_path: Path, certificate: str, openssl: str, why: str
) -> None:
    ran = end_of_step(tmp_path, certificate, openssl=openssl)
    assert (ran.returncode == 97) == bool(why), ran.stderr
    assert why in ran.stderr.splitlines()[-1]


def test_openssl_is_there_when_the_ends_are_looked_at(tmp_path: Path) -> None:
    """A host may have k3s' certificates and no openssl."""
    script = (HERE / "k3s_node.sh").read_text()
    assert "openssl" in script, "nobody has installed it yet"
    assert script.index("install_packages openssl") < script.index("ending_certificate 90")


def test_another_kubeconfig_on_the_server_is_read_anew(tmp_path: Path) -> None:
    kubeconfig = tmp_path / "k3s.yaml"
    kubeconfig.write_text("server: https://127.0.0.1:6443\nname: default\n")
    script = (HERE / "kubeconfig.sh").read_text().replace("/etc/rancher/k3s/k3s.yaml", str(kubeconfig))
    ran = run_script(tmp_path, script, {"ADDRESS": "100.64.0.1", "CLUSTER": "mine"})
    assert ran.stdout == "server: https://100.64.0.1:6443\nname: mine\n"
    (line,) = [line for line in (tmp_path / "marks" / "thing").read_text().splitlines() if line.startswith("holds")]
    check = base64.b64decode(line.split("\t")[2]).decode()

    def holds() -> bool:
        return subprocess.run(["bash", "-euo", "pipefail"], input=check, text=True, check=False).returncode == 0

    assert holds()
    kubeconfig.write_text("server: https://127.0.0.1:6443\nname: default\nanother: certificate\n")
    assert not holds()
    assert line.split("\t")[1] == "the administrator's certificate was renewed"


@pytest.mark.parametrize("secrets", [{"ENDPOINT": "https://100.64.0.1:1"}, {}])
def test_a_server_without_an_endpoint_names_none(tmp_path: Path, secrets: dict[str, str]) -> None:
    """k3s then keeps the state in a file of its own."""
    text = (HERE / "k3s_node.sh").read_text()
    (function,) = re.findall(r"^config_yaml\(\) \{.*?^\}$", text, re.MULTILINE | re.DOTALL)
    given = {"TOKEN": "t", "AGENT_TOKEN": "a", **secrets}
    ran = run_script(
        tmp_path, f"card= tls_options=()\n{function}\nconfig_yaml", {"ROLE": "server", "CONFIG": "c: 1"}, secrets=given
    )
    wanted = [f"datastore-endpoint: '{secrets['ENDPOINT']}'"] if secrets else []
    assert [line for line in ran.stdout.splitlines() if line] == ["c: 1", "token: 't'", "agent-token: 'a'", *wanted]


def test_without_its_only_copy_of_the_state_k3s_does_not_start(tmp_path: Path) -> None:
    """systemd runs the guard before each start, so also after a reboot that no `up` sees."""
    text = (HERE / "k3s_node.sh").read_text()
    (block,) = re.findall(r'^guard="".*?\n\n', text, re.MULTILINE | re.DOTALL)

    def guard(role: str, **secrets: str) -> str:
        script = f"folder={tmp_path}\n{block}printf '%s' \"$guard\""
        return run_script(tmp_path, script, {"ROLE": role}, secrets=secrets).stdout.strip()

    assert guard("agent") == guard("server", ENDPOINT="https://100.64.0.1:1") == ""
    found = re.fullmatch(r'ExecStartPre=/bin/sh -c "(.*)"', guard("server"))
    assert found, guard("server")
    state = tmp_path / "state.db"
    command = found[1].replace("/var/lib/rancher/k3s/server/db/state.db", str(state))

    def starts() -> bool:
        return subprocess.run(["sh", "-c", command], check=False).returncode == 0

    assert starts(), "the first start"
    (tmp_path / "config.yaml").write_text("node-name: a\nflannel-iface: tailscale0\n")
    assert not starts()
    state.touch()
    assert not starts(), "an empty file is no state"
    state.write_text("x")
    assert starts()
