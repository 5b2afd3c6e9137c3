"""The state folder of each host. What is to be stands there before it is done, so that a kill leaves no orphan."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from lab.files import replace
from lab.hosts.spec import HostSpec
from lab.lab import Lab


class HostError(Exception):
    """Something can't be done with a host: one line with its name, the cause and what to do."""


class DifferentHostError(HostError):
    """A host of that name is there already, with properties that can't change."""


@dataclass(frozen=True)
class Record:
    """A host, and the image that its file system lies over: that must stay the same for its whole life."""

    spec: HostSpec
    image: Path


@dataclass(frozen=True)
class Folder:
    """Where a host's files are. Everything in it is the host's alone."""

    path: Path

    @property
    def record(self) -> Path:
        """The host's Record."""
        return self.path / "record.json"

    @property
    def upper(self) -> Path:
        """What the host has changed in its image; its file system's upper layer."""
        return self.path / "upper"

    @property
    def prepared(self) -> Path:
        """There once the file system is ready for its first start."""
        return self.path / "prepared"

    @property
    def power_lock(self) -> Path:
        """Held by the supervisor and what it has begun, from before it says who it is."""
        return self.path / "power.lock"

    @property
    def supervisor(self) -> Path:
        """The process that keeps the host under power, written by itself."""
        return self.path / "supervisor"

    @property
    def init(self) -> Path:
        """The host's first process as the machine sees it, written at each boot."""
        return self.path / "init"

    @property
    def cgroups(self) -> Path:
        """The host's control groups, a line each: the hierarchy and the folder."""
        return self.path / "cgroups"

    @property
    def devices(self) -> Path:
        """The host's block devices, a line each: the N of /dev/loopN, and links to it. Read at each boot."""
        return self.path / "devices"

    @property
    def console(self) -> Path:
        """What the supervisor and the boot say."""
        return self.path / "console.log"


_RECORD = TypeAdapter(Record)


def hosts_folder(lab: Lab) -> Path:
    """Where all hosts' folders are; names that begin with a dot are no hosts."""
    return lab.root / "hosts"


def lab_groups_file(lab: Lab) -> Path:
    """Every control group that was made for the lab as a whole, a folder a line."""
    return hosts_folder(lab) / ".cgroups"


def host_folder(lab: Lab, name: str) -> Folder:
    """The folder of one host, whether it is there or not."""
    return Folder(hosts_folder(lab) / name)


def read_record(lab: Lab, name: str) -> Record | None:
    """The host's record; None if there is no such host."""
    try:
        return _RECORD.validate_json(host_folder(lab, name).record.read_bytes())
    except FileNotFoundError:
        return None


def required_record(lab: Lab, name: str) -> Record:
    """The host's record. Raises HostError if there is no such host."""
    record = read_record(lab, name)
    if record is None:
        raise HostError(f"host {name}: lab {lab.name} has no such host")
    return record


def write_record(lab: Lab, record: Record) -> None:
    """Replace the record in one step. Readable for its owner only: user data holds keys."""
    folder = host_folder(lab, record.spec.name)
    folder.path.mkdir(parents=True, exist_ok=True)
    replace(folder.record, _RECORD.dump_json(record, indent=1))


def all_records(lab: Lab) -> list[Record]:
    """Every host's record, by name."""
    folder = hosts_folder(lab)
    names = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    found = [read_record(lab, name) for name in names if not name.startswith(".")]
    return [record for record in found if record is not None]
