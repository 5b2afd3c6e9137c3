"""Rules for the kernel: what kubelet and the pod network need."""

import re
from collections.abc import Iterator

from components.look.facts import Facts
from components.look.gather.kernel import MODULES
from components.look.wanted import WantedHost
from components.settings.errors import Finding

FIRST_MINOR_WITHOUT_V1 = 35
"""The first minor release of Kubernetes whose kubelet refuses cgroup v1."""
ALLOW_V1 = "fail-cgroupv1=false"
PI_OPTIONS = "cgroup_memory=1 cgroup_enable=memory"


def kernel_counts_memory(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """Raspberry Pi OS boots its kernel without the memory controller."""
    if not wanted.is_node or facts.cgroup is None or "memory" in facts.cgroup.controllers:
        return
    yield Finding(
        wanted.key,
        f"has a kernel without the cgroup controller `memory`, which Kubernetes needs. {_boot_with(PI_OPTIONS, facts)}",
    )


def kubelet_supports_the_cgroup_version(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """Applies to a host that is a node already, too: a newer k3s would not start on it."""
    if not wanted.is_node or facts.cgroup is None or facts.cgroup.version == 2:
        return
    minor = int(re.findall(r"\d+", wanted.k3s.version)[1])
    told = (*(facts.kubelet_options or ()), *_options(wanted))
    if minor >= FIRST_MINOR_WITHOUT_V1 and ALLOW_V1 not in told:
        yield Finding(
            wanted.key,
            f"has cgroup v1, with which k3s {wanted.k3s.version} does not start."
            f" {_boot_with('systemd.unified_cgroup_hierarchy=1', facts)} Or let kubelet accept it: write"
            f" 'kubelet-arg+: [{ALLOW_V1}]' into /etc/rancher/k3s/config.yaml.d/cgroup-v1.yaml.",
        )


def kernel_has_the_modules_of_k3s(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """A module counts if it is loaded, built in or loadable."""
    missing = [name for name in MODULES if name not in facts.modules] if facts.modules is not None else []
    if wanted.is_node and missing:
        yield Finding(
            wanted.key,
            f"has a kernel ({facts.kernel}) without {', '.join(missing)}, which k3s needs. If it was upgraded since its"
            " last boot: reboot. With Ubuntu on a Raspberry Pi: sudo apt-get install linux-modules-extra-raspi."
            " Otherwise use the distribution's own kernel.",
        )


def _options(wanted: WantedHost) -> tuple[str, ...]:
    """The kubelet options in the settings. They apply to servers only."""
    value = wanted.k3s.server_options.get("kubelet-arg", ()) if "server" in wanted.roles else ()
    return value if isinstance(value, tuple) else (str(value),)


def _boot_with(option: str, facts: Facts) -> str:
    """Tells the user how to boot the kernel with an option."""
    file = facts.boot_file
    if file is None:
        return f"Add {option} to the kernel's command line, and reboot."
    if file.endswith("cmdline.txt"):
        return f"Append {option} to the one line of {file}, and reboot."
    return f"Add {option} to GRUB_CMDLINE_LINUX in {file}, run sudo update-grub, and reboot."
