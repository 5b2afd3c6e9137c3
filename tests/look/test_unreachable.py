"""Hosts that could not be looked at: which of them stop an `up`, and with which words."""

from components.look.ask import Answers, NoAnswer
from components.look.unreachable import unreachable_hosts

OFF = NoAnswer("no answer from 192.168.1.50 within 3 s")
FAILED = NoAnswer("looking at it failed with status 127: sudo: python3: command not found", is_up=True)


def test_a_new_host_that_does_not_answer_stops_an_up_and_not_a_preview() -> None:
    (error,) = unreachable_hosts({"home-1": OFF}, {"home-1"}, preview=False)
    assert (error.key, error.severity) == ("hosts.home-1", "error")
    assert error.message.startswith("does not answer: no answer from 192.168.1.50 within 3 s.")
    (warning,) = unreachable_hosts({"home-1": OFF}, {"home-1"}, preview=True)
    assert warning.severity == "warning"


def test_a_host_of_before_may_be_off() -> None:
    assert list(unreachable_hosts({"home-1": OFF}, set(), preview=False)) == []


def test_a_host_that_is_up_and_can_not_be_looked_at_is_an_error() -> None:
    for new in (set[str](), {"home-1"}):
        (error,) = unreachable_hosts({"home-1": FAILED}, new, preview=True)
        assert error.severity == "error"
        assert "python3: command not found" in error.message


def test_an_answer_is_nothing_to_tell() -> None:
    assert list(unreachable_hosts({"home-1": Answers(("", ""), (0, 0))}, {"home-1"}, preview=False)) == []
