"""Which steps run again after a look, and why."""

from components.look.reasons import Mark, reasons
from components.rendering import RERUN_REASON, StepTarget, put, rerun_reason, run

PLACE = StepTarget("oracle-1", "thing", "operator")


def command(why: str = "") -> str:
    return run(PLACE, "true", {"A": "1", **({RERUN_REASON: why} if why else {})})


def mark(*differs: str) -> dict[str, Mark]:
    return {"thing": Mark(run="0123456789ab", differs=differs)}


def test_a_command_says_why_it_ran() -> None:
    for why in ("k3s.service is stopped [01234567]", "it's \\ odd!"):
        assert rerun_reason(command(why)) == why
        assert rerun_reason(put(PLACE, "tailnet-k3s/lab", why)) == why
    assert rerun_reason(command()) == rerun_reason(put(PLACE, "tailnet-k3s/lab")) == ""


def test_a_host_that_is_as_it_should_be_keeps_the_states_reasons() -> None:
    assert reasons({"thing": command()}, mark()).again == {}
    before = reasons({"thing": command("once stopped [aa]")}, mark())
    assert (before.before, before.again) == ({"thing": "once stopped [aa]"}, {})


def test_a_host_that_does_not_answer_keeps_them_too() -> None:
    assert reasons({"thing": command("once [aa]")}, None).before == {"thing": "once [aa]"}


def test_a_difference_is_another_value_each_time_that_the_step_has_run() -> None:
    first = reasons({"thing": command()}, mark("k3s.service is stopped")).again["thing"]
    assert first == "k3s.service is stopped [01234567]"
    again = {"thing": Mark(run="ffffffffff", differs=("k3s.service is stopped",))}
    assert reasons({"thing": command(first)}, again).again["thing"] not in ("", first)


def test_a_step_that_the_machine_does_not_know_runs_again() -> None:
    assert "unknown to the machine" in reasons({"thing": command()}, {}).again["thing"]


def test_a_step_of_a_version_without_marks_is_believed() -> None:
    assert reasons({"thing": "sudo bash -c 'true'"}, {}).again == {}
