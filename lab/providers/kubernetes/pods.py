"""Finds out why an object's pods are not ready: one line for each, with what a user would look up first."""

from collections.abc import Iterator
from typing import Any

from lab.providers.kubernetes.cluster import ApiError, Cluster, Manifest, Unreachable

MOST = 3
"""How many pods are reported. The others usually have the same problem."""


def reasons_of(cluster: Cluster, live: Manifest) -> list[str]:
    """Why the pods of the object (or the object itself, if it is a pod) are not ready."""
    if live["kind"] == "Pod":
        return list(_reasons(live))
    labels = ((live.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    if not labels:
        return []
    selector = ",".join(f"{name}={text}" for name, text in sorted(labels.items()))
    try:
        pods = cluster.list("v1", "Pod", live["metadata"]["namespace"], selector)
    except (ApiError, Unreachable):
        return []  # only the explanation is missing then
    reasons = [reason for pod in pods for reason in _reasons(pod)]
    return list(dict.fromkeys(reasons))[:MOST]


def _reasons(pod: Manifest) -> Iterator[str]:
    name, status = pod["metadata"]["name"], pod.get("status") or {}
    for container in [*(status.get("initContainerStatuses") or []), *(status.get("containerStatuses") or [])]:
        state = container.get("state") or {}
        ended: dict[str, Any] = state.get("terminated") or (container.get("lastState") or {}).get("terminated") or {}
        if state.get("waiting", {}).get("reason") not in (None, "ContainerCreating", "PodInitializing"):
            yield f"pod {name}: {state['waiting']['reason']}: {state['waiting'].get('message', '')}".rstrip(": ")
        elif ended.get("exitCode"):
            yield f"pod {name}: container {container['name']} ended with exit status {ended['exitCode']}"
    for condition in status.get("conditions") or []:
        if condition["type"] == "PodScheduled" and condition["status"] == "False":
            yield f"pod {name}: {condition.get('reason')}: {condition.get('message')}"
