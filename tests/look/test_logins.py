"""By which way the owner's user reaches a machine at home: from there, and from elsewhere, once it has joined."""

import pytest

from components.hosts.ssh_login import SshLogin
from components.look.ask import Answers, NoAnswer, Result
from components.look.logins import owner_way
from components.look.state import Done, Login

HOME = Login("192.168.1.20", 2222, "pi", "key", "ssh-ed25519 AAAA")
TAILNET = Login("100.64.0.7", 22, "operator", "key", "ssh-ed25519 AAAA")
BY_TAILNET = Login("100.64.0.7", 22, "pi", "key", "ssh-ed25519 AAAA")
OTHER_HOME = Login("192.168.9.9", 2222, "pi", "key", "ssh-ed25519 AAAA")
ALL, FROM_ELSEWHERE, AT_HOME_ONLY = (HOME, TAILNET), (TAILNET,), (HOME,)
NO_ANSWER = NoAnswer("no answer")


def way(before: Login, *answered: Login, said: Login = HOME) -> SshLogin | None:
    result: Result = Answers(("", ""), (0, 0), answered) if answered else NO_ANSWER
    return owner_way("home-7", said, {"home-7-enrol": Done("a step", before)}, result)


def test_a_machine_that_has_not_joined_is_reached_as_the_settings_say() -> None:
    assert owner_way("home-7", HOME, {}, Answers(("", ""), (0, 0), (HOME,))) is None


def test_at_home_a_second_up_changes_nothing() -> None:
    assert way(HOME, HOME, TAILNET) is None


def test_from_elsewhere_it_is_reached_by_the_tailnet() -> None:
    assert way(HOME, TAILNET) == SshLogin("100.64.0.7", 22)


@pytest.mark.parametrize("answered", [ALL, FROM_ELSEWHERE])
def test_then_it_stays_so_wherever_up_is_run(answered: tuple[Login, ...]) -> None:
    assert way(BY_TAILNET, *answered) == SshLogin("100.64.0.7", 22)


def test_one_that_is_in_no_tailnet_any_more_is_reached_as_the_settings_say() -> None:
    assert way(BY_TAILNET, *AT_HOME_ONLY) is None


@pytest.mark.parametrize(("before", "expected"), [(HOME, None), (BY_TAILNET, SshLogin("100.64.0.7", 22))])
def test_one_that_is_off_changes_nothing(before: Login, expected: SshLogin | None) -> None:
    assert way(before) == expected


def test_another_address_in_the_settings_is_used_where_it_answers() -> None:
    assert way(HOME, OTHER_HOME, TAILNET, said=OTHER_HOME) is None
    assert way(HOME, TAILNET, said=OTHER_HOME) == SshLogin("100.64.0.7", 22)
