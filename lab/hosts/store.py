"""The state folder of each host. It records resources before they are created, so that a kill leaves no orphans."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from lab.files import replace
from lab.hosts.spec import HostSpec
from lab.lab import Lab


class HostError(Exception):
    """An operation on a host failed. The message is one line with its name, the cause and what to do."""


class DifferentHostError(HostError):
    """A host of that name exists with other properties, which can't change."""


@dataclass(frozen=True)
class Record:
    """A host, and the image below its file system. A host uses the same image for its whole life."""

    spec: HostSpec
    image: Path


@dataclass(frozen=True)
class Folder:
    """The folder of a host's files. No other host uses it."""

    path: Path

    @property
    def record(self) -> Path:
        """File with the host's Record."""
        return self.path / "record.json"

    @property
    def upper(self) -> Path:
        """The upper layer of its file system: its changes to the image."""
        return self.path / "upper"

    @property
    def prepared(self) -> Path:
        """Exists if the file system is ready for the first boot."""
        return self.path / "prepared"

    @property
    def power_lock(self) -> Path:
        """Lock of the supervisor and of its child processes."""
        return self.path / "power.lock"

    @property
    def supervisor(self) -> Path:
        """The supervisor's process, written by itself."""
        return self.path / "supervisor"

    @property
    def init(self) -> Path:
        """The host's first process, by the machine's process id. Written at each boot."""
        return self.path / "init"

    @property
    def cgroups(self) -> Path:
        """The host's control groups. One line each: hierarchy and folder."""
        return self.path / "cgroups"

    @property
    def devices(self) -> Path:
        """The host's block devices. One line each: the N of /dev/loopN, and links to it. Read at each boot."""
        return self.path / "devices"

    @property
    def console(self) -> Path:
        """Log of the supervisor and of the boot."""
        return self.path / "console.log"


_RECORD = TypeAdapter(Record)


def hosts_folder(lab: Lab) -> Path:
    """Folder with the folders of all hosts. Names with a leading dot are not hosts."""
    return lab.root / "hosts"


def lab_groups_file(lab: Lab) -> Path:
    """File with the lab's own control groups, one folder a line."""
    return hosts_folder(lab) / ".cgroups"


def host_folder(lab: Lab, name: str) -> Folder:
    """The folder of a host, whether it exists or not."""
    return Folder(hosts_folder(lab) / name)


def read_record(lab: Lab, name: str) -> Record | None:
    """The host's record; None if the host does not exist."""
    try:
        return _RECORD.validate_json(host_folder(lab, name).record.read_bytes())
    except FileNotFoundError:
        return None


def required_record(lab: Lab, name: str) -> Record:
    """The host's record. Raises HostError if the host does not exist."""
    record = read_record(lab, name)
    if record is None:
        raise HostError(f"host {name}: lab {lab.name} has no such host")
    return record


def write_record(lab: Lab, record: Record) -> None:
    """Replaces the record atomically. Only its owner can read it: user data contains keys."""
    folder = host_folder(lab, record.spec.name)
    folder.path.mkdir(parents=True, exist_ok=True)
    replace(folder.record, _RECORD.dump_json(record, indent=1))


def all_records(lab: Lab) -> list[Record]:
    """Every host's record, by name."""
    folder = hosts_folder(lab)
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    found = [read_record(lab, name) for name in names if not name.startswith(".")]
    return [record for record in found if record is not None]
