"""Machines at home (`cloud: existing`). The lab creates them before the engine runs, and removes them afterwards.

The lab acts as their owner: it creates their keys, and adds to the settings what a user would copy there by hand.
"""

import json
import secrets
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from lab.engine import Secret
from lab.files import replace
from lab.hosts import HOME, DifferentHostError, HostError, create_host, delete_host, list_hosts, run_in_host
from lab.hosts.home import HOME_NETWORK, Home, home_spec
from lab.lab import Lab
from lab.progress import Report

FIRST_NUMBER = 10
SETUP_SECONDS = 120


@dataclass(frozen=True)
class HomeFile:
    """The stored keys of one machine. Only the file's owner can read them."""

    number: int
    private_key: str
    public_key: str
    host_key: str
    host_public_key: str
    password: str


@dataclass(frozen=True)
class Homes:
    """The machines at home that a stack's settings name."""

    lab: Lab
    homes: Mapping[str, Home]
    files: Mapping[str, HomeFile]
    named: frozenset[str]
    """Machines with a DNS name as address, which nobody in the lab could resolve."""
    lost: frozenset[str]
    """Machines with `lost: true`. The lab does not start them again."""

    def settings(self) -> dict[str, Any]:
        """Values that the owner would add to the stack's settings. Keys and passwords are Secret."""
        if not self.homes:
            return {}
        hosts: dict[str, dict[str, str]] = {}
        logins: dict[str, dict[str, Secret]] = {}
        for name, home in self.homes.items():
            hosts[name] = {"host_key": home.host_public_key} | ({"address": home.address} if name in self.named else {})
            logins[name] = {"private_key": Secret(self.files[name].private_key)}
            if home.sudo_password:
                logins[name]["sudo_password"] = Secret(home.sudo_password)
        return {"hosts": hosts, "logins": logins}

    def keep(self) -> None:
        """Stores their keys. Call it first."""
        for name, file in self.files.items():
            write_home_file(home_file(self.lab, name), file)

    def create(self, report: Report) -> None:
        """Creates missing machines and starts those that are off. Returns when all accept logins.

        Raises HostError.
        """
        on = frozenset(state.name for state in list_hosts(self.lab) if state.running)
        wanted = [home for name, home in self.homes.items() if name not in self.lost]
        with ThreadPoolExecutor() as threads:
            for home in [threads.submit(self._create, home, home.name in on, report) for home in wanted]:
                home.result()

    def _create(self, home: Home, is_on: bool, report: Report) -> None:
        with report.begin(home.name, "starting, as a machine at home", minor=is_on) as task:
            _create(self.lab, home)
            if not is_on:
                wait = ["cloud-init", "status", "--wait"]
                run_in_host(self.lab, home.name, wait, seconds=SETUP_SECONDS, check=False)
            task.done("is on, as a machine at home")

    def remove_others(self, report: Report) -> None:
        """Removes machines that the settings no longer have. Call it after the engine has cleaned them up."""
        for state in list_hosts(self.lab):
            if state.cloud == HOME and state.name not in self.homes:
                with report.begin(state.name, "taking it away", minor=True):
                    delete_host(self.lab, state.name)
                    home_file(self.lab, state.name).unlink(missing_ok=True)


def _create(lab: Lab, home: Home) -> None:
    try:
        create_host(lab, home_spec(home))
    except ValueError as error:
        raise HostError(str(error)) from None
    except DifferentHostError:
        raise HostError(
            f"host {home.name}: is there, and where or how it is reached can't change in the lab: take it out of the"
            " settings, run up, and put it in again"
        ) from None


def plan_homes(lab: Lab, settings: Mapping[str, Any]) -> Homes:
    """The machines at home in the settings. Changes nothing: see Homes.keep.

    Ignores invalid settings: the program itself reports them.
    """
    hosts, logins = _map(settings.get("hosts")), _map(settings.get("logins"))
    wanted = {name: host for name, host in hosts.items() if _complete(host)}
    files = {name: known for name in wanted if (known := _read(home_file(lab, name)))}
    for name in wanted:
        if name not in files:
            files[name] = _new_file({file.number for file in files.values()})
    named = frozenset(name for name, host in wanted.items() if not _is_address(str(host["address"])))
    homes = {
        name: Home(
            name=name,
            address=str(HOME_NETWORK[files[name].number]) if name in named else str(host["address"]),
            number=files[name].number,
            user=str(host["user"]),
            public_key=files[name].public_key,
            host_key=files[name].host_key,
            host_public_key=files[name].host_public_key,
            port=int(host.get("port", 22)),
            public_address=host.get("public_address"),
            sudo_password=files[name].password if _map(logins.get(name)).get("sudo_password") else None,
            folder=host.get("volume"),
        )
        for name, host in wanted.items()
    }
    lost = frozenset(name for name, host in wanted.items() if host.get("lost") is True)
    return Homes(lab, homes, files, named, lost)


def home_file(lab: Lab, name: str) -> Path:
    """Path of a machine's HomeFile."""
    return lab.root / "homes" / f"{name}.json"


def _complete(host: Any) -> bool:
    return (
        isinstance(host, dict)
        and host.get("cloud") == "existing"
        and all(isinstance(host.get(key), str) for key in ("address", "user"))
        and isinstance(host.get("port", 22), int)
    )


def _map(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _new_file(taken: set[int]) -> HomeFile:
    private, public = new_key_pair()
    host_private, host_public = new_key_pair()
    number = next(number for number in range(FIRST_NUMBER, 250) if number not in taken)
    return HomeFile(number, private, public, host_private, host_public, secrets.token_urlsafe(12))


def new_key_pair() -> tuple[str, str]:
    """A new ED25519 key: private and public part as OpenSSH writes them."""
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode()
    return private, key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def _read(file: Path) -> HomeFile | None:
    try:
        return HomeFile(**json.loads(file.read_text()))
    except FileNotFoundError:
        return None


def write_home_file(file: Path, content: HomeFile) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    replace(file, json.dumps(asdict(content)))
