"""Stacks whose programs are checked: the lab's, the one that users copy, and all good settings of the tests."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tests.conformity.program import run_program
from tests.engine import Run
from tests.settings.files import BASE, HERE, changes, private_key
from tests.stack import STACKS, overlaid

PROJECT = "tailnet-k3s:"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEZ5YwBKbnFaVUJzeF0dkX0i9Fv7dK1Wq0vJrX8Q3mLk"
BUCKET = {
    "endpoint": "https://s3.eu-central-1.amazonaws.com",
    "bucket": "backups",
    "access_key": "AKIAIOSFODNN7EXAMPLE",
    "secret_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "recipient": "age1p8rux5nu0mlajeut6ltdn4223csa3djav4q83dz97n0z3qf89cpqdlmzzx",
}
FILES = (*STACKS, *sorted(HERE.glob("good/*.yaml")))


@cache
def ran(file: Path) -> Run:
    """The program with a stack's file, or with one of the tests' settings. Raises what the program does."""
    if file.name.startswith("Pulumi."):
        return run_program(typed_in(settings_of(file)), file.suffixes[0].removeprefix("."))
    return run_program(overlaid(BASE, changes(file.read_text())), "test")


def settings_of(file: Path) -> dict[str, Any]:
    """The program's settings in a stack's file."""
    config: Mapping[str, Any] = yaml.safe_load(file.read_text())["config"]
    return {key.removeprefix(PROJECT): value for key, value in config.items() if key.startswith(PROJECT)}


def typed_in(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings, with what a user adds to the file: for each machine that is there already its key and a login, and
    for backups a bucket with its keys."""
    homes = [name for name, host in settings["hosts"].items() if host["cloud"] == "existing"]
    more: dict[str, Any] = {"backup": BUCKET} if "backup" in settings else {}
    if homes:
        more["hosts"] = {name: {"host_key": HOST_KEY} for name in homes}
        more["logins"] = {name: {"private_key": private_key()} for name in homes}
    return overlaid(settings, more)
