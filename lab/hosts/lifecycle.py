"""Creates, changes and deletes hosts. Every function can be interrupted and called again."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from lab.hosts.cgroups import remove_groups
from lab.hosts.disk import prepare_disk
from lab.hosts.power import host_state, power_on, running_init
from lab.hosts.spec import AttachedVolume, HostSpec, HostState
from lab.hosts.store import (
    DifferentHostError,
    HostError,
    Record,
    all_records,
    host_folder,
    hosts_folder,
    read_record,
    required_record,
    write_record,
)
from lab.hosts.supervisor import end_host, host_groups
from lab.hosts.volumes import PLUG, UNPLUG, device_number, plugged, release_device, require_free, write_devices
from lab.image import built_image
from lab.lab import Lab
from lab.lock import locked
from lab.network import Rule, apply_filters, connect_host, disconnect_host, network_exists, network_lock

NAMESPACES = ("--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup")


def create_host(lab: Lab, spec: HostSpec) -> None:
    """Creates the host and starts it. Returns when its init runs; cloud-init continues in the background.

    An existing host with the same spec is started if it is off. It gets the firewall, public addresses and volumes of
    the spec. Raises HostError if it exists with another spec, if another host has an address or volume, or if the lab
    has no network or image.
    """
    if not network_exists(lab):
        raise HostError(f"host {spec.name}: lab {lab.name} has no network; bring the lab up first")
    with _host_lock(lab, spec.name):
        record = _register(lab, spec)
        folder = host_folder(lab, spec.name)
        if not folder.prepared.exists():
            prepare_disk(folder, record)
            connect_host(lab, spec.link, folder.path)
            folder.prepared.touch()
        _provide_volumes(lab, record)
        power_on(lab, record)


def start_host(lab: Lab, name: str) -> None:
    """Starts a host that is off. Returns when its init runs. Raises HostError."""
    create_host(lab, required_record(lab, name).spec)


def set_firewall(lab: Lab, name: str, rules: Sequence[Rule]) -> None:
    """Replaces a host's firewall rules. Open connections stay open. Raises HostError."""
    _change(lab, name, lambda spec: replace(spec, firewall=tuple(rules)))


def set_public_addresses(lab: Lab, name: str, public_address: str | None, public_ipv6: str | None) -> None:
    """Changes the public addresses of a host, running or not. None removes an address.

    Open connections stay open. A public IPv6 address needs a private one. Raises HostError if an address is invalid or
    belongs to another host. To move an address, remove it from the other host first.
    """
    _change(lab, name, lambda spec: replace(spec, public_address=public_address, public_ipv6=public_ipv6))


def attach_volume(lab: Lab, name: str, volume: AttachedVolume) -> None:
    """Attaches a volume to a host, running or not. It stays attached after reboots. Raises HostError.

    Does nothing if it is attached already.
    """
    with _host_lock(lab, name):
        kept = [each for each in required_record(lab, name).spec.volumes if each.id != volume.id]
        record = _change(lab, name, lambda spec: replace(spec, volumes=(*kept, volume)))
        _provide_volumes(lab, record)


def detach_volume(lab: Lab, name: str, volume: str) -> None:
    """Detaches a volume from a host, even if it is in use; its mounts are lost. No error if it is not attached."""
    with _host_lock(lab, name):
        record = read_record(lab, name)
        if record is None:
            return
        kept = tuple(each for each in record.spec.volumes if each.id != volume)
        gone = [each for each in record.spec.volumes if each.id == volume]
        for each in gone:
            number = plugged(lab, each)
            if number is not None and running_init(lab, name):
                run_in_host(lab, name, ["bash", "-s", str(number), *each.paths], stdin=UNPLUG.read_text())
            release_device(lab, each)
        _provide_volumes(lab, _change(lab, name, lambda spec: replace(spec, volumes=kept)))


def delete_host(lab: Lab, name: str) -> None:
    """Deletes the host with all of its data. Returns when nothing is left. No error if the host does not exist."""
    folder = host_folder(lab, name)
    with _host_lock(lab, name):
        if folder.path.exists():
            end_host(lab, name)
            _release_volumes(lab, name)
            remove_groups(host_groups(lab, name))
            disconnect_host(lab, name)
            with network_lock(lab):
                folder.path.rename(folder.path.with_name(f".deleted-{name}-{os.urandom(4).hex()}"))
                if network_exists(lab):
                    apply_filters(lab, [each.spec.attachment for each in all_records(lab)])
    for leftover in hosts_folder(lab).glob(f".deleted-{name}-*"):
        _remove_folder(leftover)


def list_hosts(lab: Lab) -> list[HostState]:
    """Every host of the lab by name, running or not."""
    return [host_state(lab, record) for record in all_records(lab)]


def host_command(lab: Lab, name: str, argv: Sequence[str]) -> list[str]:
    """A command that runs `argv` as root inside the host, without its sshd. Raises HostError if the host is off."""
    required_record(lab, name)
    init = running_init(lab, name)
    if init is None:
        raise HostError(f"host {name}: is off")
    path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return ["nsenter", "--target", str(init.pid), *NAMESPACES, "--", "env", "-i", path, "HOME=/root", *argv]


def run_in_host(
    lab: Lab, name: str, argv: Sequence[str], *, stdin: str = "", seconds: float = 60, check: bool = True
) -> str:
    """Runs a command as root inside the host, without its sshd. Returns its output. For tests and diagnosis.

    Raises HostError if the host is off. With `check`, also if the command fails or exceeds the time limit.
    """
    command = host_command(lab, name, argv)
    try:
        result = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        raise HostError(f"host {name}: `{argv[0]}` takes longer than {seconds:.0f} s") from None
    if check and result.returncode != 0:
        said = (result.stderr.strip() or result.stdout.strip()).splitlines() or ["without a word"]
        raise HostError(f"host {name}: `{argv[0]}` failed with code {result.returncode}: {said[-1]}")
    return result.stdout


def _register(lab: Lab, spec: HostSpec) -> Record:
    """Stores the spec, and configures the router. After this, the host can be deleted or completed."""
    with network_lock(lab):
        record = read_record(lab, spec.name)
        if record is None:
            record = Record(spec, built_image(spec.system))
        elif _lasting(record.spec) != _lasting(spec):
            raise DifferentHostError(f"host {spec.name}: is there already with other properties; delete it first")
        return _write(lab, replace(record, spec=spec))


def _change(lab: Lab, name: str, changed: Callable[[HostSpec], HostSpec]) -> Record:
    """Stores changed properties, and configures the router. Raises HostError."""
    with network_lock(lab):
        record = required_record(lab, name)
        try:
            spec = changed(record.spec)
        except ValueError as error:
            raise HostError(str(error)) from None
        return _write(lab, replace(record, spec=spec))


def _write(lab: Lab, record: Record) -> Record:
    others = [each.spec for each in all_records(lab) if each.spec.name != record.spec.name]
    _refuse_taken_addresses(record.spec, others)
    require_free(lab, record.spec, others)
    write_record(lab, record)
    apply_filters(lab, [record.spec.attachment, *(other.attachment for other in others)])
    return record


def _lasting(spec: HostSpec) -> HostSpec:
    """The spec without the properties that may change."""
    return replace(spec, firewall=(), public_address=None, public_ipv6=None, volumes=())


def _refuse_taken_addresses(spec: HostSpec, others: list[HostSpec]) -> None:
    for other in others:
        if shared := spec.addresses & other.addresses:
            raise HostError(f"host {spec.name}: {min(shared)} is the address of host {other.name}")


def _provide_volumes(lab: Lab, record: Record) -> None:
    """Creates block devices for the host's volumes. A running host gets them at once."""
    name = record.spec.name
    write_devices(lab, record.spec.volumes, host_folder(lab, name))
    for volume in record.spec.volumes if running_init(lab, name) else ():
        words = [str(device_number(lab, volume)), *volume.paths]
        run_in_host(lab, name, ["bash", "-s", "/", *words], stdin=PLUG.read_text())


def _release_volumes(lab: Lab, name: str) -> None:
    """Releases the block devices of a host that is off. Its volumes stay."""
    record = read_record(lab, name)
    for volume in record.spec.volumes if record else ():
        release_device(lab, volume)


def _remove_folder(folder: Path) -> None:
    """Deletes a host's files, but never files of a mounted file system."""
    if f" {folder}/" in Path("/proc/self/mountinfo").read_text():
        raise HostError(f"host folder {folder}: something is mounted in it; unmount that first")
    shutil.rmtree(folder)


@contextmanager
def _host_lock(lab: Lab, name: str) -> Iterator[None]:
    """A lock for each host: one caller at a time."""
    with locked(hosts_folder(lab) / f".lock-{name}"):
        yield
