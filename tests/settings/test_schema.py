"""The schema for editors, and the page of settings: current, and of one mind with the checks."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from components.settings.kinds import kinds
from components.settings.reference import reference
from components.settings.schema import schema
from tests.settings.files import BASE, HERE, changes
from tests.stack import ROOT, STACKS, overlaid


def problems(document: Any) -> list[str]:
    """What an editor would mark."""
    return [error.json_path for error in Draft7Validator(schema()).iter_errors(document)]


def stack(settings: dict[str, Any]) -> dict[str, Any]:
    """Settings as a stack's file has them."""
    return {"config": {f"tailnet-k3s:{name}": value for name, value in settings.items()}}


def test_the_schema_in_the_repository_is_current() -> None:
    kept = json.loads((ROOT / "settings.schema.json").read_text())
    assert kept == schema(), "run make schema"


def test_the_page_of_settings_is_current() -> None:
    assert (ROOT / "docs" / "settings.md").read_text() == reference(), "run make schema"


def test_the_schema_is_one() -> None:
    Draft7Validator.check_schema(schema())


@pytest.mark.parametrize("file", STACKS, ids=lambda file: file.name)
def test_stack_files_fit_the_schema_and_tell_editors_of_it(file: Path) -> None:
    assert "# yaml-language-server: $schema=settings.schema.json" in file.read_text().splitlines()
    assert problems(yaml.safe_load(file.read_text())) == []


@pytest.mark.parametrize("file", sorted(HERE.glob("good/*.yaml")), ids=lambda file: file.stem)
def test_good_settings_fit_the_schema(file: Path) -> None:
    settings = overlaid(BASE, changes(file.read_text()))
    lax = {"numbers-as-text", "all-clouds"}  # have text for a number, or a number for text: pydantic reads both
    assert problems(stack(settings)) == [] or file.stem in lax


@pytest.mark.parametrize(
    ("settings", "key"),
    [
        ({"k3s": {"versoin": "v1.36.3+k3s1"}}, "$.config['tailnet-k3s:k3s']"),
        ({"tailnets": {}}, "$.config"),
        ({"hosts": {"a": {"cloud": "amazon", "roles": []}}}, "$.config['tailnet-k3s:hosts'].a"),
        ({"edge": {"certificate_days": 60}}, "$.config['tailnet-k3s:edge'].certificate_days"),
    ],
)
def test_mistakes_are_marked_where_they_are(settings: dict[str, Any], key: str) -> None:
    assert problems(stack(settings)) == [key]


def test_encrypted_secrets_fit_where_secrets_are_wanted() -> None:
    secret = {"secure": "AAABAKT0"}
    logins = {"home-1": {"private_key": secret, "sudo_password": secret}}
    apps = {"blog": {"image": "ghost:5", "host": "www.example.org", "secrets": {"TOKEN": secret}}}
    assert problems(stack({"logins": logins, "apps": apps})) == []
    assert problems({"encryptionsalt": "v1:xyz", "config": {"oci:fingerprint": secret}}) == []
    assert problems(stack({"edge": {"domain": secret}})) != []


def test_every_setting_says_what_it_is() -> None:
    described = schema()["definitions"]
    missing = [
        f"{name}.{key}"
        for name, definition in described.items()
        for key, value in definition["properties"].items()
        if name != "Encrypted" and not value.get("description")
    ]
    assert missing == []


def test_the_page_has_every_part() -> None:
    headings = [line.removeprefix("## ") for line in reference().splitlines() if line.startswith("## ")]
    assert headings == list(kinds())
