"""What is served: links that change in one step, and the mark while more is to come."""

from pathlib import Path

from lab.hosts.process import Process, write_process
from lab.internet.sites import expects_more, link, more_to_come, sites_folder
from lab.lab import Lab


def test_a_link_can_be_set_again(tmp_path: Path) -> None:
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
        link(tmp_path / "site", tmp_path / name)
        assert (tmp_path / "site").resolve() == tmp_path / name


def test_more_is_expected_while_somebody_builds(tmp_path: Path) -> None:
    lab = Lab("test", tmp_path)
    assert not expects_more(lab)
    with more_to_come(lab):
        assert expects_more(lab)
    assert not expects_more(lab)


def test_nothing_is_expected_of_a_builder_that_was_killed(tmp_path: Path) -> None:
    lab = Lab("test", tmp_path)
    sites_folder(lab).mkdir()
    write_process(sites_folder(lab) / "building", Process(1, 1))
    assert not expects_more(lab)
