"""Who may build: locks between processes, turns between threads, and neither keeps a stopped command waiting."""

import threading
from pathlib import Path

import pytest

from lab.distribution.locks import StoppedError, Turns, holding, try_lock


@pytest.fixture
def stopped() -> threading.Event:
    """Not stopped yet."""
    return threading.Event()


def test_a_lock_has_one_holder(tmp_path: Path, stopped: threading.Event) -> None:
    with holding(tmp_path / "lock", stopped), (tmp_path / "lock").open("ab") as other:
        assert not try_lock(other)
        assert not try_lock(other, shared=True)


def test_a_shared_lock_has_many_holders_and_keeps_a_single_one_out(tmp_path: Path, stopped: threading.Event) -> None:
    with holding(tmp_path / "lock", stopped, shared=True), (tmp_path / "lock").open("ab") as other:
        assert try_lock(other, shared=True)
        assert not try_lock(other)


def test_a_lock_is_free_after_its_block(tmp_path: Path, stopped: threading.Event) -> None:
    with holding(tmp_path / "lock", stopped):
        pass
    with (tmp_path / "lock").open("ab") as other:
        assert try_lock(other)


def test_waiting_for_a_lock_ends_when_stopped(tmp_path: Path, stopped: threading.Event) -> None:
    with (tmp_path / "lock").open("ab") as other:
        assert try_lock(other)
        stopped.set()
        with pytest.raises(StoppedError), holding(tmp_path / "lock", stopped):
            pytest.fail("the lock was another's")


def test_turns_go_by_number_not_by_arrival(stopped: threading.Event) -> None:
    turns, order = Turns(1), []

    def take(number: int) -> None:
        with turns.turn(number, stopped):
            order.append(number)

    with turns.turn(0, stopped):
        threads = [threading.Thread(target=take, args=[number]) for number in (3, 1, 2)]
        for thread in threads:
            thread.start()
        while turns.waiting < len(threads):
            pass
    for thread in threads:
        thread.join(10)
    assert order == [1, 2, 3]


def test_waiting_for_a_turn_ends_when_stopped(stopped: threading.Event) -> None:
    turns = Turns(1)
    with turns.turn(0, stopped):
        stopped.set()
        with pytest.raises(StoppedError), turns.turn(1, stopped):
            pytest.fail("it was another's turn")


def test_as_many_have_their_turn_as_there_are_places(stopped: threading.Event) -> None:
    turns = Turns(2)
    with turns.turn(1, stopped), turns.turn(0, stopped):
        third = threading.Thread(target=lambda: turns.turn(2, stopped).__enter__())
        third.start()
        third.join(0.1)
        assert third.is_alive()
    third.join(10)
    assert not third.is_alive()
