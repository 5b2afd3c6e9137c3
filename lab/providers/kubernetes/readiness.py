"""Decides by kind whether an object is ready, and says what is missing until then."""

from collections.abc import Callable
from typing import Any

from lab.providers.kubernetes.cluster import Cluster, Manifest
from lab.providers.kubernetes.pods import reasons_of


class Failed(RuntimeError):  # noqa: N818  # it names a state
    """The object has failed permanently. Waiting longer does not help."""


Check = Callable[[Cluster, Manifest], str]
"""Says what an object still waits for. Empty: it is ready. Raises Failed."""


def deployment(cluster: Cluster, live: Manifest) -> str:
    """Ready if all replicas have the newest revision and are available."""
    wanted = _spec(live).get("replicas", 1)
    status, progress = _status(live), condition(live, "Progressing")
    if _is_stale(live):
        return "the controller has not seen it yet"
    if progress.get("status") == "False":
        details = "; ".join(reasons_of(cluster, live)) or progress.get("message", "")
        raise Failed(f"its rollout makes no progress: {details}")
    if status.get("updatedReplicas", 0) < wanted:
        return _with_reasons(cluster, live, f"{status.get('updatedReplicas', 0)} of {wanted} replicas are up to date")
    if status.get("replicas", 0) > wanted:
        return f"{status['replicas'] - wanted} old replicas are still there"
    if status.get("availableReplicas", 0) < wanted:
        return _with_reasons(cluster, live, f"{status.get('availableReplicas', 0)} of {wanted} replicas are available")
    return ""


def stateful_set(cluster: Cluster, live: Manifest) -> str:
    """Ready if all replicas are ready and have the newest revision. With manual updates, any revision will do."""
    wanted, status = _spec(live).get("replicas", 1), _status(live)
    if _is_stale(live):
        return "the controller has not seen it yet"
    if status.get("readyReplicas", 0) < wanted:
        return _with_reasons(cluster, live, f"{status.get('readyReplicas', 0)} of {wanted} replicas are ready")
    strategy = _spec(live).get("updateStrategy") or {}
    partition = (strategy.get("rollingUpdate") or {}).get("partition") or 0
    if strategy.get("type") != "OnDelete" and status.get("updatedReplicas", 0) < wanted - partition:
        return f"{status.get('updatedReplicas', 0)} of {wanted - partition} replicas are up to date"
    return ""


def daemon_set(cluster: Cluster, live: Manifest) -> str:
    """Ready if every node that needs a pod has an available one with the newest revision."""
    status = _status(live)
    if _is_stale(live):
        return "the controller has not seen it yet"
    wanted = status.get("desiredNumberScheduled", 0)
    on_delete = (_spec(live).get("updateStrategy") or {}).get("type") == "OnDelete"
    if not on_delete and status.get("updatedNumberScheduled", 0) < wanted:
        return f"{status.get('updatedNumberScheduled', 0)} of {wanted} pods are up to date"
    if status.get("numberAvailable", 0) < wanted:
        return _with_reasons(cluster, live, f"{status.get('numberAvailable', 0)} of {wanted} pods are available")
    return ""


def pod(cluster: Cluster, live: Manifest) -> str:
    """Ready if the pod is ready, or has completed."""
    phase = _status(live).get("phase")
    if phase == "Failed":
        raise Failed("; ".join(reasons_of(cluster, live)) or "the pod has failed")
    if phase == "Succeeded" or condition(live, "Ready").get("status") == "True":
        return ""
    return _with_reasons(cluster, live, f"the pod is {phase or 'new'}, not ready")


def job(cluster: Cluster, live: Manifest) -> str:
    """It is complete."""
    failure = condition(live, "Failed")
    if failure.get("status") == "True":
        raise Failed("; ".join([failure.get("message", "the job has failed"), *reasons_of(cluster, live)]))
    done = condition(live, "Complete").get("status") == "True" or _spec(live).get("suspend") is True
    return "" if done else _with_reasons(cluster, live, "the job is not complete")


def service(cluster: Cluster, live: Manifest) -> str:
    """Ready if a ready pod is behind the service. A load balancer also needs an address."""
    spec = _spec(live)
    if spec.get("type") == "ExternalName":
        return ""
    if spec.get("selector") and spec.get("clusterIP") != "None" and not has_endpoints(cluster, live):
        return "no ready pod matches its selector"
    if spec.get("type") == "LoadBalancer" and not _addresses(live):
        return "the load balancer has no address"
    return ""


def ingress(cluster: Cluster, live: Manifest) -> str:
    """Ready if a controller has given it an address."""
    return "" if _addresses(live) else "no ingress controller has given it an address"


def claim(cluster: Cluster, live: Manifest) -> str:
    """Ready if the claim is bound, or if its class binds it only when a pod uses it."""
    if _status(live).get("phase") == "Bound":
        return ""
    name = _spec(live).get("storageClassName")
    classes = cluster.list("storage.k8s.io/v1", "StorageClass", "", "") if name else []
    late = any(
        item["metadata"]["name"] == name and item.get("volumeBindingMode") == "WaitForFirstConsumer" for item in classes
    )
    return "" if late else "the claim is not bound to a volume"


def definition(cluster: Cluster, live: Manifest) -> str:
    """Ready if objects of the kind can be created."""
    names = condition(live, "NamesAccepted")
    if names.get("status") == "False" and names.get("reason") != "NotAccepted":
        raise Failed(f"its names are refused: {names.get('message')}")
    return "" if condition(live, "Established").get("status") == "True" else "the kind is not established"


def api_service(cluster: Cluster, live: Manifest) -> str:
    """Its server answers."""
    state = condition(live, "Available")
    return "" if state.get("status") == "True" else f"not available: {state.get('message') or 'no answer yet'}"


def waits_for(name: str) -> Check:
    """The check for a condition in an annotation: ready if its status is True."""
    return lambda cluster, live: (
        "" if condition(live, name).get("status") == "True" else f"condition {name} is not True"
    )


MINUTE = 60
CHECKS: dict[str, tuple[Check, int]] = {
    "apps/Deployment": (deployment, 10 * MINUTE),
    "apps/StatefulSet": (stateful_set, 10 * MINUTE),
    "apps/DaemonSet": (daemon_set, 10 * MINUTE),
    "/Pod": (pod, 5 * MINUTE),
    "batch/Job": (job, 10 * MINUTE),
    "/Service": (service, 10 * MINUTE),
    "networking.k8s.io/Ingress": (ingress, 10 * MINUTE),
    "/PersistentVolumeClaim": (claim, 5 * MINUTE),
    "apiextensions.k8s.io/CustomResourceDefinition": (definition, 2 * MINUTE),
    "apiregistration.k8s.io/APIService": (api_service, 5 * MINUTE),
}
"""The check and the seconds to wait, by group and kind. Objects of other kinds are ready when they exist."""


def has_endpoints(cluster: Cluster, live: Manifest) -> bool:
    """Whether a ready pod is behind a Service."""
    metadata = live["metadata"]
    selector = f"kubernetes.io/service-name={metadata['name']}"
    slices = cluster.list("discovery.k8s.io/v1", "EndpointSlice", metadata["namespace"], selector)
    endpoints = [endpoint for item in slices for endpoint in item.get("endpoints") or []]
    return any((endpoint.get("conditions") or {}).get("ready") is not False for endpoint in endpoints)


def condition(live: Manifest, kind: str) -> dict[str, Any]:
    """A condition of the status. Empty if it is missing."""
    conditions = _status(live).get("conditions") or []
    return next((item for item in conditions if item.get("type") == kind), {})


def _spec(live: Manifest) -> dict[str, Any]:
    return live.get("spec") or {}


def _status(live: Manifest) -> dict[str, Any]:
    return live.get("status") or {}


def _addresses(live: Manifest) -> list[Any]:
    return (_status(live).get("loadBalancer") or {}).get("ingress") or []


def _is_stale(live: Manifest) -> bool:
    """Whether the status belongs to an older generation of the object."""
    return int(_status(live).get("observedGeneration") or 0) < int(live["metadata"].get("generation") or 0)


def _with_reasons(cluster: Cluster, live: Manifest, what: str) -> str:
    reasons = reasons_of(cluster, live)
    return f"{what}: {'; '.join(reasons)}" if reasons else what
