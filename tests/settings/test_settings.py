"""Each file in bad/ is refused with the messages in its first comment; each in good/ is taken.

A file has what is different from the lab's settings, merged at every depth; a null takes a key out.
"""

import json
from pathlib import Path

import pytest
import yaml
from pulumi.runtime.config import set_all_config

from components.settings import Settings, SettingsError
from tests.engine import run
from tests.stack import ROOT, lab_settings, overlaid, settings

HERE = Path(__file__).parent
BAD = sorted(HERE.glob("bad/*.yaml"))
GOOD = sorted(HERE.glob("good/*.yaml"))


def expected(text: str) -> list[str]:
    """The comment that a file starts with: an error a line, key and message apart by blanks."""
    lines = []
    for line in text.splitlines():
        if not line.startswith("#"):
            break
        lines.append(" ".join(line.removeprefix("#").split()))
    return lines


@pytest.mark.parametrize("file", BAD, ids=lambda file: file.stem)
def test_bad_settings_are_refused_with_their_messages(file: Path) -> None:
    text = file.read_text()
    with pytest.raises(SettingsError) as refused:
        Settings.check(overlaid(lab_settings(), yaml.safe_load(text)), "Pulumi.lab.yaml")
    title, *lines = str(refused.value).splitlines()
    assert [" ".join(line.split()) for line in lines] == expected(text)
    assert title == f"Pulumi.lab.yaml has {len(lines)} error{'s' * (len(lines) > 1)}; nothing was changed."


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_good_settings_are_taken(file: Path) -> None:
    Settings.check(overlaid(lab_settings(), yaml.safe_load(file.read_text()) or {}), file.name)


def test_there_are_at_least_twenty_bad_settings() -> None:
    assert len(BAD) >= 20


def test_errors_line_up_under_one_title() -> None:
    with pytest.raises(SettingsError) as refused:
        settings(k3s={"version": "latest"}, hosts={"oracle-1": {"ocpus": 0}})
    assert str(refused.value) == (
        "Pulumi.lab.yaml has 2 errors; nothing was changed.\n"
        "  hosts.oracle-1.ocpus  is too small. Use 1 or more.\n"
        "  k3s.version           latest is not a release of k3s. Write it as its publisher does, like v1.36.3+k3s1."
    )


def test_the_project_file_shows_the_defaults_of_every_setting() -> None:
    shown = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    for name, value in vars(settings()).items():
        defaults = {} if name == "hosts" else type(value)().model_dump(mode="json")
        assert shown[name]["default"] == defaults, name


def test_every_setting_is_in_the_project_file_with_its_type_and_one_line() -> None:
    shown = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert list(shown) == list(Settings.__dataclass_fields__)
    for name, setting in shown.items():
        assert setting["type"] == "object", name
        assert setting["description"], name
    hosts = shown["hosts"]["description"]
    for name in next(iter(settings().hosts.values())).__class__.model_fields:
        assert f"{name}:" in hosts


def test_settings_come_from_the_stack() -> None:
    config = {f"tailnet-k3s:{name}": json.dumps(value) for name, value in lab_settings().items()}
    loaded: list[Settings] = []

    def program() -> None:
        set_all_config({**config, "oci:region": "elsewhere"})
        loaded.append(Settings.load())

    run(program)
    assert loaded == [settings()]
