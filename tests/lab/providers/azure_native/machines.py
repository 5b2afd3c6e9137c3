"""Machines and volumes that are still there for the next process: files in a folder."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from lab.hosts import AttachedVolume, HostSpec, Rule
from tests.lab.providers.azure_native.cloud import Machines


class LastingMachines(Machines):
    """A file for each host, with what it has; one for each volume, with its size."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._hosts, self._volumes = folder / "hosts", folder / "volumes"
        for each in (self._hosts, self._volumes):
            each.mkdir(parents=True, exist_ok=True)

    def create(self, spec: HostSpec) -> None:
        volumes = {volume.id: list(volume.paths) for volume in spec.volumes}
        self._write(spec.name, {"public": spec.public_address, "volumes": volumes})
        self.set_firewall(spec.name, spec.firewall)

    def delete(self, name: str) -> None:
        (self._hosts / name).unlink(missing_ok=True)

    def set_firewall(self, name: str, rules: tuple[Rule, ...]) -> None:
        self._write(name, self.read(name) | {"rules": [asdict(rule) for rule in rules]})

    def states(self) -> dict[str, bool]:
        return {file.name: True for file in self._hosts.iterdir()}

    def create_volume(self, volume: str, size_bytes: int) -> None:
        (self._volumes / volume).write_text(str(size_bytes))

    def grow_volume(self, volume: str, size_bytes: int) -> None:
        self.create_volume(volume, size_bytes)

    def delete_volume(self, volume: str) -> None:
        (self._volumes / volume).unlink(missing_ok=True)

    def attach_volume(self, name: str, volume: AttachedVolume) -> None:
        host = self.read(name)
        self._write(name, host | {"volumes": host["volumes"] | {volume.id: list(volume.paths)}})

    def detach_volume(self, name: str, volume: str) -> None:
        host = self.read(name)
        self._write(
            name, host | {"volumes": {each: paths for each, paths in host["volumes"].items() if each != volume}}
        )

    def sizes(self) -> list[int]:
        """Sizes of all volumes."""
        return [int(file.read_text()) for file in self._volumes.iterdir()]

    def read(self, name: str) -> dict[str, Any]:
        """What a host has."""
        file = self._hosts / name
        return dict(json.loads(file.read_text())) if file.exists() else {}

    def _write(self, name: str, host: dict[str, Any]) -> None:
        (self._hosts / name).write_text(json.dumps(host))
