"""datastore_tls.sh writes the files for TLS to the datastore, and names them for config.yaml."""

from pathlib import Path

from components.cluster.k3s import HERE
from tests.components.prelude import run_script

SCRIPT = f"""{(HERE / "datastore_tls.sh").read_text()}
write_datastore_tls "$FOLDER/k3s"
printf '%s\\n' "${{tls_files[@]}}" -- "${{tls_options[@]}}"
remove_unused_datastore_tls
"""
VALUES = {"DATASTORE_CA": "CA\nPEM\n", "DATASTORE_CERTIFICATE": "CERTIFICATE\n"}


def test_it_writes_what_it_gets_for_root_alone(tmp_path: Path) -> None:
    result = run_script(tmp_path, SCRIPT, VALUES, secrets={"DATASTORE_KEY": "hunter2\n"})
    assert result.returncode == 0, result.stderr
    folder = tmp_path / "k3s"
    assert result.stdout.splitlines() == [
        f"{folder}/datastore-ca.crt",
        f"{folder}/datastore.crt",
        f"{folder}/datastore.key",
        "--",
        f"datastore-cafile: {folder}/datastore-ca.crt",
        f"datastore-certfile: {folder}/datastore.crt",
        f"datastore-keyfile: {folder}/datastore.key",
    ]
    assert {file.name: file.read_text().rstrip("\n") for file in folder.iterdir()} == {
        "datastore-ca.crt": "CA\nPEM",
        "datastore.crt": "CERTIFICATE",
        "datastore.key": "hunter2",
    }
    assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
    assert "hunter2" not in result.stderr + result.stdout


def test_a_datastore_without_tls_has_no_files_and_no_options(tmp_path: Path) -> None:
    assert run_script(tmp_path, SCRIPT, VALUES, secrets={"DATASTORE_KEY": "hunter2"}).returncode == 0
    result = run_script(tmp_path, SCRIPT)
    assert result.returncode == 0, result.stderr
    assert [line for line in result.stdout.splitlines() if line] == ["--"]
    assert list((tmp_path / "k3s").iterdir()) == []
