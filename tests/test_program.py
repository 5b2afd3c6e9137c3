"""The whole program, as `pulumi up` runs it: what it puts out, and that a preview of an empty stack shows all of it."""

import re
import runpy
from functools import cache

from tests.engine import Run, run
from tests.stack import CALLS, ROOT, configure, stack_settings

PROGRAM = ROOT / "__main__.py"


@cache
def ran(preview: bool = False) -> Run:
    """The lab's stack."""

    def program() -> None:
        configure(stack_settings())
        runpy.run_path(str(PROGRAM), run_name="__main__")

    return run(program, calls=CALLS, preview=preview)


def test_it_puts_out_what_a_person_needs_to_get_in() -> None:
    outputs = ran().outputs
    assert outputs["nodes"] == {f"oracle-{number}": f"100.64.0.{number}" for number in range(1, 5)}
    assert outputs["writer"] == "oracle-1"
    assert outputs["ssh"]["user"] == "operator"
    assert "BEGIN OPENSSH PRIVATE KEY" in outputs["ssh"]["private_key"]
    assert outputs["ssh"]["host_keys"]["oracle-4"] == "ssh-ed25519 AAAAoracle-4"
    assert ran().secret_outputs == {"databases", "kubeconfig", "ssh"}


def test_a_preview_of_an_empty_stack_shows_everything() -> None:
    def planned(one: Run) -> set[tuple[str, str]]:
        return {(resource.type, resource.name) for resource in one.resources}

    assert planned(ran(preview=True)) == planned(ran())


def test_every_resource_belongs_to_a_part_of_the_system() -> None:
    alone = [resource.name for resource in ran().resources if resource.parent.startswith("Stack ")]
    parts = {resource.name for resource in ran().resources if resource.type.startswith("tailnet-k3s:")}
    assert alone
    assert set(alone) <= parts


def test_no_secret_is_in_a_command() -> None:
    commands = [resource for resource in ran().resources if resource.type == "command:remote:Command"]
    assert commands
    for command in commands:
        text = command.inputs.get("create", "") + command.inputs.get("delete", "")
        for mark in ("password-", "PRIVATE KEY", "tskey-"):
            assert mark not in text, f"{command.name} has {mark} in its command"


def test_the_program_fits_on_one_page_and_decides_nothing() -> None:
    text = PROGRAM.read_text()
    assert len(text.splitlines()) <= 80
    assert not [line for line in text.splitlines() if line.startswith(("if ", "for ", "while ", "def "))]


def test_nothing_of_the_program_knows_of_the_lab() -> None:
    sources = [PROGRAM, *(ROOT / "components").rglob("*.py"), *(ROOT / "components").rglob("*.sh")]
    for source in sources:
        assert not re.search(r"\b(from|import) lab\b|lab\.test|LAB_", source.read_text()), source
