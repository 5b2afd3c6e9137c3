"""Oracle's free tier, at, below and above each of its limits."""

from dataclasses import dataclass

import pytest

from components.clouds.oracle.always_free import excesses

MICRO = "VM.Standard.E2.1.Micro"


@dataclass(frozen=True)
class Machine:
    """An Oracle host, the smallest that there is."""

    shape: str = "VM.Standard.A1.Flex"
    ocpus: float = 1
    memory_gb: float = 1
    boot_volume_gb: int = 50
    volume_gb: int = 0


def refused(*machines: Machine) -> list[str]:
    """Hosts a, b, c … and the settings that are beyond: `b.ocpus`."""
    return [f"{excess.host}.{excess.setting}" for excess in excesses(dict(zip("abcdefg", machines, strict=False)))]


@pytest.mark.parametrize(
    ("machines", "expected"),
    [
        pytest.param([Machine(ocpus=1)], [], id="cores below"),
        pytest.param([Machine(ocpus=2)], [], id="cores at, on one host"),
        pytest.param([Machine(), Machine()], [], id="cores at, on two hosts"),
        pytest.param([Machine(ocpus=2.5)], ["a.ocpus"], id="cores above, on one host"),
        pytest.param([Machine(), Machine(), Machine()], ["c.ocpus"], id="cores above, on three hosts"),
        pytest.param([Machine(memory_gb=11.5)], [], id="memory below"),
        pytest.param([Machine(memory_gb=12)], [], id="memory at, on one host"),
        pytest.param([Machine(memory_gb=6), Machine(memory_gb=6)], [], id="memory at, on two hosts"),
        pytest.param([Machine(memory_gb=13)], ["a.memory_gb"], id="memory above, on one host"),
        pytest.param([Machine(memory_gb=6), Machine(memory_gb=7)], ["b.memory_gb"], id="memory above, on two"),
        pytest.param([Machine(boot_volume_gb=199)], [], id="volumes below"),
        pytest.param([Machine(boot_volume_gb=200)], [], id="volumes at, one boot volume"),
        pytest.param([Machine(volume_gb=50), Machine(volume_gb=50)], [], id="volumes at, two of each"),
        pytest.param([Machine(boot_volume_gb=201)], ["a.boot_volume_gb"], id="volumes above, one boot volume"),
        pytest.param([Machine(volume_gb=151)], ["a.volume_gb"], id="volumes above, one block volume"),
        pytest.param([Machine(volume_gb=50), Machine(volume_gb=51)], ["b.volume_gb"], id="volumes above, two of each"),
        pytest.param([Machine(MICRO)], [], id="micros below"),
        pytest.param([Machine(MICRO), Machine(MICRO)], [], id="micros at"),
        pytest.param([Machine(MICRO), Machine(MICRO), Machine(MICRO)], ["c.shape"], id="micros above"),
        pytest.param([Machine(MICRO, ocpus=99, memory_gb=99)], [], id="micros have the memory that they have"),
        pytest.param([Machine(), Machine(), Machine(MICRO), Machine(MICRO)], [], id="all that there is"),
        pytest.param(
            [Machine(), Machine(), Machine(MICRO), Machine(MICRO, volume_gb=50)],
            ["d.volume_gb"],
            id="volumes of all shapes together",
        ),
        pytest.param([Machine("VM.Standard.E4.Flex")], ["a.shape"], id="another shape"),
        pytest.param(
            [Machine("VM.Standard.E4.Flex", boot_volume_gb=200), Machine()], ["a.shape"], id="only what counts"
        ),
        pytest.param(
            [Machine(ocpus=4, memory_gb=24), Machine()], ["a.ocpus", "a.memory_gb"], id="the first one refused"
        ),
        pytest.param([], [], id="no host there"),
    ],
)
def test_what_is_beyond_the_free_tier(machines: list[Machine], expected: list[str]) -> None:
    assert refused(*machines) == expected


def test_an_excess_says_who_has_what_there_is() -> None:
    machines = {"osaka-2": Machine(ocpus=2), "osaka-1": Machine(ocpus=4)}
    assert [excess.problem for excess in excesses(machines)] == [
        "4 is more than Oracle's free tier gives (2 in all, 2 used by osaka-2). Lower it, or set oracle.allow_paid."
    ]
