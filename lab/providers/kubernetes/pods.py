"""Why the pods behind an object are not ready, in a line each: what a reader would look up first."""

from collections.abc import Iterator
from typing import Any

from lab.providers.kubernetes.cluster import ApiError, Cluster, Manifest, Unreachable

MOST = 3
"""Pods that are told about; the others have the same to say, as a rule."""


def reasons_of(cluster: Cluster, live: Manifest) -> list[str]:
    """What holds up the pods that belong to the object (or the object, if it is a pod)."""
    if live["kind"] == "Pod":
        return list(_reasons(live))
    labels = ((live.get("spec") or {}).get("selector") or {}).get("matchLabels") or {}
    if not labels:
        return []
    selector = ",".join(f"{name}={text}" for name, text in sorted(labels.items()))
    try:
        pods = cluster.list("v1", "Pod", live["metadata"]["namespace"], selector)
    except (ApiError, Unreachable):
        return []  # only an explanation is lost
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
