"""Packages on a host of a test: those of the lab's own mirror, and some that only tests need."""

from subprocess import run

from lab.distribution.packages import GROUPS, package_repository
from lab.hosts import list_hosts, run_in_host
from lab.lab import CACHE, Lab
from lab.progress import Silence

FOR_TESTS = ("fish tcsh", "firewalld")


def give_packages(lab: Lab, host: str) -> None:
    """Lets the host's apt install packages of the lab's mirror."""
    _give(lab, host, GROUPS)


def install_for_tests(lab: Lab, host: str, *names: str) -> None:
    """Installs some of FOR_TESTS. Then the host's apt knows no other packages."""
    _give(lab, host, FOR_TESTS)
    run_in_host(lab, host, ["bash", "-c", f"apt-get -q update && apt-get -q -y install {' '.join(names)}"], seconds=300)


def _give(lab: Lab, host: str, groups: tuple[str, ...]) -> None:
    packages = package_repository(Silence(), groups, CACHE if groups == GROUPS else CACHE / "for-tests")
    (root,) = (f"/proc/{one.pid}/root" for one in list_hosts(lab) if one.name == host)
    run(["rm", "-rf", f"{root}/packages"], check=True)
    run(["cp", "-r", str(packages), f"{root}/packages"], check=True)
    run_in_host(lab, host, ["bash", "-c", "echo 'deb [trusted=yes] file:/packages ./' >/etc/apt/sources.list"])
