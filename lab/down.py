"""`bin/lab down`: removes a lab from the machine, also one that is only half up."""

import shutil
from contextlib import suppress
from pathlib import Path

from lab.engine.recovery import engine_processes
from lab.engine.workspace import Workspace
from lab.hosts import delete_lab
from lab.hosts.teardown import end_processes
from lab.internet import stop_services
from lab.lab import Lab
from lab.lab_lock import lab_lock
from lab.progress import Report


def take_down(lab: Lab, report: Report) -> bool:
    """Ends and removes everything of the lab, except the cache of all labs. False if there was no lab.

    Raises BusyError while another command changes the lab, and OSError when something is mounted in its folder.
    """
    if not lab.root.exists():
        return False
    with lab_lock(lab, report), report.begin(f"lab {lab.name}", "removing its hosts, servers and network") as task:
        end_processes(engine_processes(Workspace(lab)))
        delete_lab(lab)
        stop_services(lab)
        _refuse_mounts(lab.root)
        shutil.rmtree(lab.root)
        with suppress(OSError):
            lab.root.parent.rmdir()  # other labs still use it
        task.done("removed")
    return True


def _refuse_mounts(folder: Path) -> None:
    mounted = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    inside = [point for point in mounted if Path(point).is_relative_to(folder)]
    if inside:
        raise OSError(f"{inside[0]} is mounted: unmount it, then run this again")
