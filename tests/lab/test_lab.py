"""A lab's name decides what it is called on the machine, and labs never meet."""

from pathlib import Path

import pytest

from lab.lab import Lab, find_lab, lab_environment, lab_from_environment


@pytest.mark.parametrize("name", ["lab", "a", "a-1", "twelve-chars"])
def test_accepts_dns_labels(name: str) -> None:
    assert Lab(name, Path("/x")).name == name


@pytest.mark.parametrize("name", ["", "Lab", "1lab", "lab-", "thirteen-char", "a.b", "a/b", "ü"])
def test_refuses_other_names(name: str) -> None:
    with pytest.raises(ValueError, match="lab name"):
        Lab(name, Path("/x"))


def test_refuses_a_relative_folder() -> None:
    with pytest.raises(ValueError, match="must be an absolute path"):
        Lab("lab", Path("x"))


def test_labs_of_one_name_in_two_clones_never_meet() -> None:
    one, other = Lab("lab", Path("/one/.lab/lab")), Lab("lab", Path("/other/.lab/lab"))
    assert one.namespace("operator") != other.namespace("operator")
    assert one.namespace("operator") == f"{one.id}.operator"
    assert one.id.startswith("lab-")


def test_a_provider_learns_its_lab_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    lab = find_lab("h3")
    for key, value in lab_environment(lab).items():
        monkeypatch.setenv(key, value)
    assert lab_from_environment() == lab


def test_a_provider_without_a_lab_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_NAME", "lab")
    monkeypatch.delenv("LAB_ROOT", raising=False)
    with pytest.raises(RuntimeError, match="LAB_NAME and LAB_ROOT"):
        lab_from_environment()
