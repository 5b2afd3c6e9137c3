"""What a member says of itself: fit for clients or not, in time, whatever its server does."""

import http.client
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from components.datastore.galera.member import health

SYNCED = {
    "wsrep_local_state_comment": "Synced",
    "wsrep_local_recv_queue": "0",
    "wsrep_cluster_status": "Primary",
    "wsrep_ready": "ON",
    "wsrep_desync": "OFF",
    "read_only": "OFF",
    "port": "3306",
}
GIVING = {"wsrep_local_state_comment": "Donor/Desynced"}


@pytest.mark.parametrize("change", [{}, {"wsrep_local_recv_queue": "9"}, GIVING])
def test_fit(change: dict[str, str]) -> None:
    assert health.judge({**SYNCED, **change}, {})[0]


@pytest.mark.parametrize(
    "change",
    [
        {"wsrep_local_state_comment": "Joining: receiving State Transfer"},
        {"wsrep_local_state_comment": "Joined"},
        {**GIVING, "wsrep_local_recv_queue": "1"},
        {**GIVING, "wsrep_desync": "ON"},
        {"wsrep_ready": "OFF"},
        {"wsrep_desync": "ON"},
        {"read_only": "ON"},
    ],
)
def test_unfit(change: dict[str, str]) -> None:
    assert not health.judge({**SYNCED, **change}, {})[0]


def test_a_member_that_is_outvoted_is_not_part_of_a_cluster() -> None:
    fit, position = health.judge({**SYNCED, "wsrep_ready": "OFF", "wsrep_cluster_status": "non-Primary"}, {})
    assert (fit, position["state"], position["primary"]) == (False, "running", False)


def test_while_the_server_is_down_it_says_what_start_py_left() -> None:
    assert health.judge({}, {"state": "waiting", "seqno": 7}) == (False, {"state": "waiting", "seqno": 7})
    assert health.judge({}, {}) == (False, {"state": "unknown"})


def test_what_start_py_left_is_not_said_of_a_running_server() -> None:
    assert health.judge(SYNCED, {"state": "waiting", "seqno": 7})[1]["state"] == "running"


def test_a_folder_that_it_may_not_look_into_is_not_taken_for_an_empty_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: Path) -> bool:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(health, "PUBLISHED", tmp_path / "position")
    monkeypatch.setattr(health, "RECORD", tmp_path / "grastate.dat")
    assert health.published_position() == {"state": "new"}
    monkeypatch.setattr(Path, "exists", refuse)
    assert health.published_position() == {}


@pytest.fixture
def ask(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], tuple[int, dict[str, object]]]]:
    """Serves with a client that is a shell script, and asks once."""
    monkeypatch.setattr(health, "PUBLISHED", tmp_path / "position")
    monkeypatch.setattr(health, "RECORD", tmp_path / "grastate.dat")
    monkeypatch.setattr(health, "TRANSFER", tmp_path / "64-galera-transfer.cnf")
    monkeypatch.setattr(health, "ANSWER_SECONDS", 0.3)
    session = health.Session()
    monkeypatch.setattr(health.Health, "session", session)
    server = health.Server(("127.0.0.1", 0), health.Health)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()

    def question(client: str) -> tuple[int, dict[str, object]]:
        monkeypatch.setattr(health, "CLIENT", ("bash", "-c", client))
        connection = http.client.HTTPConnection("127.0.0.1", server.server_port, timeout=5)
        connection.request("GET", "/")
        answer = connection.getresponse()
        body = json.loads(answer.read())
        connection.close()
        return answer.status, body

    yield question
    server.shutdown()
    thread.join()
    server.server_close()
    if session.client:
        session.client.kill()
        session.client.communicate()


def replies(**change: str) -> str:
    """A client that answers each question, which ends with the third `;`."""
    rows = "".join(f"{name}\\t{value}\\n" for name, value in {**SYNCED, **change}.items())
    return f"while read -d ';' && read -d ';' && read -d ';'; do printf '{rows}'; done"


Ask = Callable[[str], tuple[int, dict[str, object]]]


def test_answers_200_for_a_member_that_is_synced(ask: Ask) -> None:
    for _ in range(3):  # over the one session
        assert ask(replies()) == (
            200,
            {"state": "running", "primary": True, "synced": True, "detail": "Synced", "encrypted": False},
        )


def test_answers_503_when_the_server_does_not_answer_in_time(ask: Ask) -> None:
    assert ask("sleep 9") == (503, {"state": "new", "encrypted": False})


def test_answers_503_when_the_server_is_not_there(ask: Ask) -> None:
    assert ask('echo "ERROR 2002 (HY000): Can\'t connect" >&2; exit 1')[0] == 503


def test_finds_a_server_that_came_back(ask: Ask) -> None:
    assert ask("exit 1")[0] == 503
    assert ask(replies())[0] == 200


def test_member_that_was_started_before_is_not_new(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "grastate.dat").touch()
    assert ask("exit 1") == (503, {"state": "unknown", "encrypted": False})


def test_a_joining_member_learns_how_it_gets_its_copy(ask: Ask, tmp_path: Path) -> None:
    assert ask(replies())[1]["encrypted"] is False
    (tmp_path / "64-galera-transfer.cnf").touch()
    assert ask(replies())[1]["encrypted"] is True
