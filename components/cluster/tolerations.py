"""Tolerations of pods: which taints of hosts they accept, and how long they stay on a lost host."""

from collections.abc import Iterable
from typing import Any

LOST = ("not-ready", "unreachable")
"""Taints of a lost host. Kubernetes sets them 40 to 50 s after the host's last sign of life."""


def of_taints(taints: Iterable[str]) -> list[dict[str, Any]]:
    """For pods that may run on hosts with these taints, each `key=value:Effect` or `key:Effect`."""
    return [_of_taint(taint) for taint in taints]


def of_lost_host(seconds: int | None) -> list[dict[str, Any]]:
    """Pods start elsewhere after so many seconds. None: never, because they can run nowhere else."""
    limit = {} if seconds is None else {"toleration_seconds": seconds}
    return [
        {"key": f"node.kubernetes.io/{state}", "operator": "Exists", "effect": "NoExecute", **limit} for state in LOST
    ]


def api_defaults(seconds: int) -> tuple[str, ...]:
    """Arguments of the API server: the same for every pod that does not set its own, k3s' own pods among them."""
    return tuple(f"default-{state}-toleration-seconds={seconds}" for state in LOST)


def _of_taint(taint: str) -> dict[str, Any]:
    left, _, effect = taint.rpartition(":")
    key, has_value, value = left.partition("=")
    if has_value and value:
        return {"key": key, "operator": "Equal", "value": value, "effect": effect}
    return {"key": key, "operator": "Exists", "effect": effect}
