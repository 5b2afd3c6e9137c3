"""When objects of each kind are ready."""

from typing import Any

import pytest

from lab.providers.kubernetes.readiness import CHECKS, Failed
from tests.lab.providers.kubernetes.fake_api import FakeApi

METADATA = {"name": "x", "namespace": "default", "generation": 2}
STALE: dict[str, Any] = {"observedGeneration": 1}
TRUE, FALSE = "True", "False"


def missing(kind: str, spec: dict[str, Any], status: dict[str, Any], api: FakeApi | None = None) -> str:
    """What an object of a kind waits for."""
    live = {"kind": kind.rpartition("/")[2], "metadata": METADATA, "spec": spec, "status": status}
    return CHECKS[kind][0]((api or FakeApi()).cluster(), live)


def condition(kind: str, status: str, **more: str) -> dict[str, Any]:
    """A status with one condition."""
    return {"conditions": [{"type": kind, "status": status, **more}]}


SEEN = {"observedGeneration": 2}
CASES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("apps/Deployment", {"replicas": 2}, STALE | {"updatedReplicas": 2, "availableReplicas": 2}, "has not seen it"),
    ("apps/Deployment", {"replicas": 2}, SEEN | {"updatedReplicas": 1}, "1 of 2 replicas are up to date"),
    ("apps/Deployment", {"replicas": 2}, SEEN | {"updatedReplicas": 2, "replicas": 3}, "1 old replicas"),
    ("apps/Deployment", {"replicas": 1}, SEEN | {"updatedReplicas": 1}, "0 of 1 replicas are available"),
    ("apps/Deployment", {"replicas": 0}, SEEN, ""),
    ("apps/StatefulSet", {"replicas": 3}, SEEN | {"readyReplicas": 2}, "2 of 3 replicas are ready"),
    ("apps/StatefulSet", {"replicas": 1}, SEEN | {"readyReplicas": 1}, "0 of 1 replicas are up to date"),
    ("apps/StatefulSet", {"replicas": 1}, SEEN | {"readyReplicas": 1, "updatedReplicas": 1}, ""),
    ("apps/StatefulSet", {"replicas": 1, "updateStrategy": {"type": "OnDelete"}}, SEEN | {"readyReplicas": 1}, ""),
    ("apps/DaemonSet", {}, SEEN | {"desiredNumberScheduled": 2, "updatedNumberScheduled": 1}, "1 of 2 pods are up"),
    (
        "apps/DaemonSet",
        {},
        SEEN | {"desiredNumberScheduled": 2, "updatedNumberScheduled": 2, "numberAvailable": 1},
        "1 of 2 pods are available",
    ),
    ("apps/DaemonSet", {}, SEEN, ""),
    ("/Pod", {}, {"phase": "Pending"}, "the pod is Pending"),
    ("/Pod", {}, {"phase": "Succeeded"}, ""),
    ("/Pod", {}, {"phase": "Running", **condition("Ready", TRUE)}, ""),
    ("batch/Job", {}, {}, "not complete"),
    ("batch/Job", {}, condition("Complete", TRUE), ""),
    ("/Service", {"type": "ExternalName", "selector": {"a": "b"}}, {}, ""),
    ("/Service", {"clusterIP": "None", "selector": {"a": "b"}}, {}, ""),
    ("/Service", {"clusterIP": "10.0.0.1"}, {}, ""),
    ("/Service", {"clusterIP": "10.0.0.1", "selector": {"a": "b"}}, {}, "no ready pod"),
    ("/Service", {"type": "LoadBalancer"}, {}, "no address"),
    ("/Service", {"type": "LoadBalancer"}, {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}, ""),
    ("networking.k8s.io/Ingress", {}, {}, "no ingress controller"),
    ("/PersistentVolumeClaim", {}, {"phase": "Pending"}, "not bound"),
    ("/PersistentVolumeClaim", {}, {"phase": "Bound"}, ""),
    ("apiextensions.k8s.io/CustomResourceDefinition", {}, {}, "not established"),
    ("apiextensions.k8s.io/CustomResourceDefinition", {}, condition("Established", TRUE), ""),
]


@pytest.mark.parametrize(("kind", "spec", "status", "expected"), CASES)
def test_what_is_missing(kind: str, spec: dict[str, Any], status: dict[str, Any], expected: str) -> None:
    found = missing(kind, spec, status)
    assert expected in found
    assert bool(found) == bool(expected)


@pytest.mark.parametrize(
    ("kind", "status", "message"),
    [
        ("apps/Deployment", SEEN | condition("Progressing", FALSE, message="deadline"), "no progress: deadline"),
        ("/Pod", {"phase": "Failed"}, "has failed"),
        ("batch/Job", condition("Failed", TRUE, message="backoff limit"), "backoff limit"),
        (
            "apiextensions.k8s.io/CustomResourceDefinition",
            condition("NamesAccepted", FALSE, reason="PluralConflict", message="taken"),
            "taken",
        ),
    ],
)
def test_what_has_failed_for_good(kind: str, status: dict[str, Any], message: str) -> None:
    with pytest.raises(Failed, match=message):
        missing(kind, {"replicas": 1}, status)


def test_a_service_is_ready_when_a_pod_is() -> None:
    api = FakeApi()
    slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices"
    api.objects[f"{slices}/x"] = {"endpoints": [{"conditions": {"ready": False}}]}
    spec = {"clusterIP": "10.0.0.1", "selector": {"a": "b"}}
    assert missing("/Service", spec, {}, api)
    api.objects[f"{slices}/y"] = {"endpoints": [{"conditions": {"ready": True}}]}
    assert not missing("/Service", spec, {}, api)


def test_the_pods_say_why() -> None:
    api = FakeApi()
    waiting = {"waiting": {"reason": "ErrImagePull", "message": "no such image"}}
    crashed = {"waiting": {"reason": "CrashLoopBackOff"}}
    for name, state in (("a", waiting), ("b", crashed)):
        status = {"containerStatuses": [{"name": "c", "state": state}]}
        api.objects[f"/api/v1/namespaces/default/pods/{name}"] = {"metadata": {"name": name}, "status": status}
    spec = {"replicas": 2, "selector": {"matchLabels": {"app": "x"}}}
    found = missing("apps/Deployment", spec, SEEN | {"updatedReplicas": 2}, api)
    assert found.endswith("pod a: ErrImagePull: no such image; pod b: CrashLoopBackOff")
