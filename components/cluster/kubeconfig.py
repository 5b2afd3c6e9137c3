"""The owner's kubeconfig. It has a context for every server, so it stays useful when one is lost."""

from collections.abc import Mapping
from typing import Any

import yaml

from components.cluster.ports import API_PORT


def led_to(kubeconfig: str, address: str) -> str:
    """The file with its only cluster at another server."""
    config: dict[str, Any] = yaml.safe_load(kubeconfig)
    (cluster,) = config["clusters"]
    cluster["cluster"]["server"] = f"https://{address}:{API_PORT}"
    return yaml.safe_dump(config, sort_keys=False)


def with_contexts(kubeconfig: str, servers: Mapping[str, str]) -> str:
    """The file with a further context `CURRENT-NAME` for each server. CURRENT, the only context so far, stays."""
    config: dict[str, Any] = yaml.safe_load(kubeconfig)
    current, (cluster,), (context,) = config["current-context"], config["clusters"], config["contexts"]
    for name, address in servers.items():
        entry = f"{current}-{name}"
        there = cluster["cluster"] | {"server": f"https://{address}:{API_PORT}"}
        config["clusters"].append({"name": entry, "cluster": there})
        config["contexts"].append({"name": entry, "context": context["context"] | {"cluster": entry}})
    return yaml.safe_dump(config, sort_keys=False)
