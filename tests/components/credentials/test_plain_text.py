"""Secrets in plain text: known by the engine's word and by the stack's file, and asked of every provider."""

import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.config import set_all_config
from pulumi.runtime.settings import SETTINGS

from components.credentials.plain_text import StackConfig, provider_secrets
from components.settings.errors import SettingsError
from components.settings.load import Settings
from tests.engine import run
from tests.settings.files import BASE
from tests.stack import CREDENTIALS, overlaid

APP = {"image": "docker.io/ghost:5", "host": "www.example.org", "secrets": {"A": "hunter2", "B": "hunter3"}}
VALUES = overlaid(
    BASE,
    {
        "hosts": {"oracle-1": {"roles": ["server", "database", "ingress"]}},
        "edge": {"domain": "example.org"},
        "apps": {"blog": APP},
    },
)


def refused(folder: Path, secret: set[str], file: str | None = None) -> str:
    """What is said of a stack with an app that has two secrets. `secret` are the keys that the engine calls so."""
    config = {**{f"tailnet-k3s:{name}": json.dumps(value) for name, value in VALUES.items()}, **CREDENTIALS}
    if file is not None:
        (folder / "Pulumi.dev.yaml").write_text(file)

    def program() -> None:
        SETTINGS.root_directory = str(folder)
        set_all_config(config, list(secret))
        Settings.load()

    try:
        run(program, stack="dev")
    except SettingsError as error:
        return str(error)
    return ""


ALL = {"tailnet-k3s:apps", "cloudflare:apiToken", "tailscale:apiKey"}
FILE = "config:\n  tailnet-k3s:apps: {blog: {secrets: {A: %s, B: %s}}}\n"


def test_what_the_engine_calls_secret_is_taken(tmp_path: Path) -> None:
    assert refused(tmp_path, ALL) == ""
    assert refused(tmp_path, ALL, FILE % ("{secure: x}", "{secure: y}")) == ""


def test_what_the_engine_does_not_call_secret_is_refused_by_key_with_the_command(tmp_path: Path) -> None:
    said = refused(tmp_path, ALL - {"tailnet-k3s:apps", "tailscale:apiKey"})
    assert [line.split()[0] for line in said.splitlines()[1:]] == [
        "apps.blog.secrets.A",
        "apps.blog.secrets.B",
        "tailscale:apiKey",
    ]
    assert "`pulumi config set --secret --path apps.blog.secrets.A`" in said
    assert "`pulumi config set --secret tailscale:apiKey`" in said
    assert "hunter" not in said


def test_one_plain_value_beside_an_encrypted_one_is_found_in_the_stacks_file(tmp_path: Path) -> None:
    said = refused(tmp_path, ALL, FILE % ("{secure: x}", "hunter3"))
    assert [line.split()[0] for line in said.splitlines()[1:]] == ["apps.blog.secrets.B"]


def test_a_map_that_is_encrypted_as_a_whole_has_no_plain_value() -> None:
    config = StackConfig(frozenset({"p:apps"}), {"p:apps": {"secure": "x"}}, "p")
    assert not config.is_plain("p", "apps", "blog", "secrets", "A")


def test_settings_without_the_projects_name_in_front_are_the_projects() -> None:
    config = StackConfig(frozenset({"p:apps"}), {"apps": {"blog": {"secrets": {"A": "x"}}}}, "p")
    assert config.is_plain("p", "apps", "blog", "secrets", "A")


@pytest.mark.parametrize("provider", provider_secrets())
def test_every_setting_that_a_providers_sdk_marks_as_secret_is_known(provider: str) -> None:
    module: Any = importlib.import_module(f"pulumi_{provider.replace('-', '_')}.provider")
    marked = set(re.findall(r"pulumi\.Output\.secret\((\w+)\)", inspect.getsource(module)))
    assert marked, "the SDK marks its secrets otherwise by now"
    names = {re.sub(r"_(\w)", lambda found: found[1].upper(), name) for name in marked}
    assert names - {"clientId"} <= set(provider_secrets()[provider])
