"""Out of a long error, the line that matters."""

from preview.errors import LONGEST, cause_of, readable

STEP_ERROR = """error: 1 error occurred:
\t* Process exited with status 1: running "script=$(mktemp)
set -euo pipefail
wait_until 60 'member is Synced' is_synced
":
installing mariadb-server
oracle-1 datastore-member-oracle-1: member is not Synced after 60 s, but Joining
"""


def test_a_step_ends_with_its_cause() -> None:
    assert cause_of(STEP_ERROR, "oracle-1") == "member is not Synced after 60 s, but Joining"


def test_a_provider_s_error_is_its_first_line() -> None:
    assert (
        cause_of("1 error occurred:\n\t* oracle-1: out of host capacity\n", "oracle-2")
        == "oracle-1: out of host capacity"
    )


def test_another_command_s_is_its_last_line() -> None:
    text = 'exit status 7: running "echo one; \nexit 7":\none\nthe disk is full\n'
    assert cause_of(text, "first") == "exit status 7: the disk is full"
    assert cause_of('exit status 7: running "exit 7":\n', "first") == "exit status 7"


def test_an_endless_line_is_cut() -> None:
    assert len(cause_of("x" * 10_000, "oracle-1")) == LONGEST + 1


def test_no_words_at_all() -> None:
    assert cause_of("\n", "oracle-1") == "no cause was given"


def test_of_a_traceback_only_what_was_raised_remains() -> None:
    text = (
        "python inline source runtime error: no module\nTraceback (most recent call last):\n"
        '  File "x.py", line 1\n    import y\nModuleNotFoundError: no module\n'
    )
    assert readable(text) == "ModuleNotFoundError: no module"


def test_errors_of_settings_stay_whole() -> None:
    text = "Pulumi.lab.yaml has 2 errors; nothing was changed.\n  hosts  is missing.\n  k3s  is not a map."
    assert readable(text) == text
    assert readable(f"an unhandled error occurred: {text}") == text
