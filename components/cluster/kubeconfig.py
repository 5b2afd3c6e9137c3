"""The owner's kubeconfig: a context for every server, so that it outlives the loss of any."""

from collections.abc import Mapping
from typing import Any

import yaml

from components.proxy.sections import API_PORT


def with_contexts(kubeconfig: str, servers: Mapping[str, str]) -> str:
    """The file with a context `CURRENT-NAME` for each server, by its address. CURRENT, which is the file's only one and
    the same as that of the first server, stays as it is."""
    config: dict[str, Any] = yaml.safe_load(kubeconfig)
    current, (cluster,), (context,) = config["current-context"], config["clusters"], config["contexts"]
    for name, address in servers.items():
        entry = f"{current}-{name}"
        there = cluster["cluster"] | {"server": f"https://{address}:{API_PORT}"}
        config["clusters"].append({"name": entry, "cluster": there})
        config["contexts"].append({"name": entry, "context": context["context"] | {"cluster": entry}})
    return yaml.safe_dump(config, sort_keys=False)
