"""Each file in bad/ is refused with the messages in its first comment; each in good/ is taken.

A file has what is different from tests/stack.yaml, merged at every depth; a null takes a key out. NEW_KEY stands
for a private key that is made for each run: none is kept in the repository. `secure` marks a value that is encrypted
in a stack's file; here it is in plain.
"""

import inspect
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from components.clouds import registry
from components.clouds.existing.logins import Login
from components.datastore.registry import DATASTORES
from components.overlay.registry import KIND
from components.settings.apps import App
from components.settings.errors import SettingsError
from components.settings.findings import MESSAGES
from components.settings.kinds import adapters, kinds, with_clouds_and_overlay
from components.settings.load import Settings
from components.settings.part import Part
from components.settings.rules.check import rules
from tests.engine import run
from tests.settings.files import BASE, HERE, changes, check, private_key
from tests.stack import CREDENTIALS, ROOT, STACKS, configure, overlaid, settings, stack_settings

MAPS: dict[str, tuple[type[Part], ...]] = {
    "hosts": tuple(cloud.host for cloud in registry.CLOUDS),
    "logins": (Login,),
    "apps": (App,),
}
BAD = sorted(HERE.glob("bad/*.yaml"))
GOOD = sorted(HERE.glob("good/*.yaml"))


def readable_parts(values: dict[str, Any]) -> dict[str, Any]:
    """The parts of the settings that have nothing wrong in themselves."""
    parts = {}
    for name, adapter in adapters().items():
        with suppress(ValidationError):
            parts[name] = adapter.validate_python(values.get(name, {}))
    return with_clouds_and_overlay(parts)


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
        check(text, "Pulumi.lab.yaml")
    title, *lines = str(refused.value).splitlines()
    assert [" ".join(line.split()) for line in lines] == expected(text)
    assert title == f"Pulumi.lab.yaml has {len(lines)} error{'s' * (len(lines) > 1)}; nothing was changed."


@pytest.mark.parametrize("file", GOOD, ids=lambda file: file.stem)
def test_good_settings_are_taken(file: Path) -> None:
    check(file.read_text(), file.name)


def test_every_rule_has_a_file_that_breaks_it() -> None:
    broken: set[str] = set()
    for file in BAD:
        parts = readable_parts(overlaid(BASE, changes(file.read_text())))
        kinds = [DATASTORES[parts["datastore"].kind]] if "datastore" in parts else []
        for rule in rules(kinds):
            needed = inspect.signature(rule).parameters
            if needed.keys() <= parts.keys() and any(rule(**{name: parts[name] for name in needed})):
                broken.add(rule.__name__)
    assert {rule.__name__ for rule in rules()} - broken == set()


def test_every_message_about_a_value_is_in_some_file() -> None:
    """A message that no file shows is either never given or never read before a user reads it."""
    shown: set[str] = set()
    for file in BAD:
        values = overlaid(BASE, changes(file.read_text()))
        for name, adapter in adapters().items():
            try:
                adapter.validate_python(values.get(name, {}))
            except ValidationError as error:
                shown |= {details["type"] for details in error.errors()}
    assert set(MESSAGES) - shown == set()


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
    own = vars(settings())
    shared = {cloud.key: own["clouds"][cloud.name] for cloud in registry.CLOUDS}
    overlay = {KIND.key: own["overlay"]}
    for name, value in {**own, **shared, **overlay}.items():
        if name in ("clouds", "overlay"):
            continue
        defaults = type(value)().model_dump(mode="json") if isinstance(value, Part) else {}
        assert shown[name]["default"] == defaults, name


def test_every_setting_is_in_the_project_file_with_its_type_and_one_line() -> None:
    shown = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    assert list(shown) == list(kinds())
    for name, setting in shown.items():
        assert setting["type"] == "object", name
        assert setting["description"], name
    for part, models in MAPS.items():
        for name in (name for kind in models for name in kind.model_fields):
            assert f" {name}:" in shown[part]["description"], f"{name} of {part}"


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.stem)
def test_stack_files_of_the_repository_are_taken(file: Path) -> None:
    """With what nobody commits: how to log in to machines that are there already."""
    config = yaml.safe_load(file.read_text())["config"]
    own = {key.removeprefix("tailnet-k3s:"): value for key, value in config.items() if key.startswith("tailnet-k3s:")}
    homes = [name for name, host in own["hosts"].items() if host["cloud"] == "existing"]
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEZ5YwBKbnFaVUJzeF0dkX0i9Fv7dK1Wq0vJrX8Q3mLk"
    secret = {
        "hosts": {name: {"host_key": key} for name in homes},
        "logins": {name: {"private_key": private_key()} for name in homes},
    }
    Settings.check(overlaid(own, secret), file.name)


def test_settings_come_from_the_stack() -> None:
    loaded: list[Settings] = []

    def program() -> None:
        configure(stack_settings(), {**CREDENTIALS, "oci:region": "elsewhere"})
        loaded.append(Settings.load())

    run(program)
    assert loaded == [settings()]
