"""Rules for the machine itself: operating system, processor and identity."""

from collections.abc import Iterator, Mapping

from components.look.facts import Facts
from components.look.wanted import WantedHost
from components.settings.errors import Finding

KNOWN = {"debian", "ubuntu", "raspbian"}


def system_is_supported(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """The steps install Debian packages."""
    if facts.system and not KNOWN & {facts.system.id, *facts.system.like}:
        name = " ".join(filter(None, (facts.system.id, facts.system.version)))
        yield Finding(wanted.key, f"runs {name}. Hosts are Debian, Ubuntu or Raspberry Pi OS: install one of them.")


def architecture_matches_the_settings(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """Downloads are for one architecture. The program knows the architecture of machines that it creates."""
    if not wanted.is_made and facts.architecture and facts.architecture != wanted.architecture:
        if facts.architecture in ("amd64", "arm64"):
            fix = f"Set {wanted.key}.architecture to {facts.architecture}"
        else:
            fix = "Install a 64-bit system"
        yield Finding(wanted.key, f"has packages for {facts.architecture}, not {wanted.architecture}. {fix}.")


def machine_has_one_name(wanted: Mapping[str, WantedHost], facts: Mapping[str, Facts]) -> Iterator[Finding]:
    """Compares machine IDs, so it does not matter by which address a machine was reached."""
    machines: dict[str, str] = {}
    for name, host in wanted.items():
        machine, boot = facts[name].machine_id, facts[name].boot_id
        if machine is None:
            continue
        other = machines.setdefault(machine, name)
        if other == name:
            continue
        if boot and boot == facts[other].boot_id:
            yield Finding(host.key, f"is the same machine as {wanted[other].key}. Change the address of one.")
        else:
            yield Finding(
                host.key,
                f"has the machine-id of {other}: one is a copy of the other. Give it one of its own: sudo rm"
                " /etc/machine-id /var/lib/dbus/machine-id; sudo systemd-machine-id-setup; sudo reboot",
                "warning",
            )
