"""Part of the look's script: what the kernel offers for containers."""

from __future__ import annotations

import os
import re
from typing import Any

from components.look.gather.reading import at, paths, text

MODULES = ("overlay", "br_netfilter", "vxlan", "veth", "bridge", "nf_conntrack")
"""Modules that k3s needs."""


def cgroup() -> dict[str, Any]:
    """Version 2 is mounted at /sys/fs/cgroup itself. The hybrid of both counts as version 1, as it does for kubelet."""
    controllers = text("/sys/fs/cgroup/cgroup.controllers")
    if controllers is not None:
        return {"version": 2, "controllers": controllers.split()}
    rows = [line.split() for line in (text("/proc/cgroups") or "").splitlines() if not line.startswith("#")]
    return {"version": 1, "controllers": [row[0] for row in rows if len(row) == 4 and row[3] == "1"]}


def modules() -> list[str] | None:
    """Loads no module. None: there is no list of loadable modules, as in a container."""
    found = {line.split()[0] for line in (text("/proc/modules") or "").splitlines()}
    found |= {name for name in MODULES if at(f"/sys/module/{name}").is_dir()}
    found |= {line.split()[-1] for line in (text("/proc/filesystems") or "").splitlines()} & {"overlay"}
    lists = f"/lib/modules/{os.uname().release}"
    loadable = (text(f"{lists}/modules.builtin") or "") + (text(f"{lists}/modules.dep") or "")
    for line in loadable.splitlines():
        file = line.split(":", 1)[0].rsplit("/", 1)[-1]
        found.add(file.split(".ko", 1)[0].replace("-", "_"))
    known = loadable or found >= set(MODULES)
    if not known and (at("/run/systemd/container").exists() or not paths("/lib/modules/*")):
        return None
    return [name for name in MODULES if name in found]


def kubelet_options() -> list[str]:
    """The owner's kubelet options that allow cgroup v1."""
    texts = [text(path) or "" for path in paths("/etc/rancher/k3s/config.yaml.d/*.y*ml")]
    return sorted({option for one in texts for option in re.findall(r"\bfail-cgroupv1=\w+", one)})
