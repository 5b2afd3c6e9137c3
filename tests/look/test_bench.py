"""The benchmark of the look asks for what the look asks for, and notices an answer that nobody can read."""

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict

import pytest

from bench import look as bench
from components.look.ask import Answers, NoAnswer, Result
from components.look.gatherer import gather_script
from components.look.look import claims_program
from components.look.state import Login
from tests.look.looking import answers, marks

WELL = answers(marks(k3s_node_oracle_1=[]))


def asked(monkeypatch: pytest.MonkeyPatch, result: Result) -> None:
    """Of two hosts; one is off."""
    results = {"oracle-1": result, bench.OFF: NoAnswer("no answer")}

    def ask(ways: Mapping[str, Sequence[Login]], programs: Sequence[str]) -> dict[str, Result]:
        assert programs == [claims_program(), gather_script()]
        return {name: results[name] for name in ways}

    login = Login("100.64.0.2", 22, "operator", "key", "ssh-ed25519 AAAA")
    monkeypatch.setattr(bench, "ask_hosts", ask)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({name: asdict(login) for name in results})))
    bench.ask()


def test_it_prints_seconds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked(monkeypatch, WELL)
    assert 0 <= float(capsys.readouterr().out) < 5


@pytest.mark.parametrize("result", [NoAnswer("no answer"), Answers(("{}", "hello"), (0, 1))])
def test_a_host_that_was_not_looked_at_is_an_error(monkeypatch: pytest.MonkeyPatch, result: Result) -> None:
    with pytest.raises(SystemExit, match="oracle-1"):
        asked(monkeypatch, result)
