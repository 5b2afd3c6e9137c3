"""The last test of the run: `down` leaves nothing on the machine."""

from tests.end_to_end.conftest import leftovers
from tests.end_to_end.running import RunningLab


def test_down_leaves_nothing(lab: RunningLab) -> None:
    if lab.name == "e2e":
        assert leftovers(), "the lab shows up nowhere: the search for what it leaves would find nothing either"
        lab.must("down")
        assert leftovers() == set()
        assert not lab.lab.root.exists()
