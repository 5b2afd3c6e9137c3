"""An API server that is a dictionary: discovery, server-side apply with field managers, dry runs, deletion."""

import copy
import json
import ssl
from collections.abc import Callable
from typing import Any

import httpx

from lab.providers.kubernetes.cluster import Cluster
from lab.providers.kubernetes.kubeconfig import Access

KINDS = {
    "/api/v1": {
        "ConfigMap": "configmaps",
        "Secret": "secrets",
        "Service": "services",
        "Pod": "pods",
        "PersistentVolumeClaim": "persistentvolumeclaims",
    },
    "/apis/apps/v1": {"Deployment": "deployments", "StatefulSet": "statefulsets", "DaemonSet": "daemonsets"},
    "/apis/batch/v1": {"Job": "jobs"},
    "/apis/networking.k8s.io/v1": {"Ingress": "ingresses"},
    "/apis/discovery.k8s.io/v1": {"EndpointSlice": "endpointslices"},
    "/apis/storage.k8s.io/v1": {"StorageClass": "storageclasses"},
}


class FakeApi:
    """Objects by path. `refuse` answers an object that is applied with an error, or None."""

    def __init__(self) -> None:
        self.objects: dict[str, dict[str, Any]] = {}
        self.owned: dict[str, dict[str, Any]] = {}
        self.requests: list[str] = []
        self.down = False
        self.refuse: Callable[[dict[str, Any]], dict[str, Any] | None] = lambda wanted: None
        self.statuses: list[dict[str, Any]] = []
        """What the next reads of any object say about its status; the last one holds."""
        self.finalizer_reads = 0
        """How many reads an object that is being deleted survives."""

    def cluster(self) -> Cluster:
        """A client of it."""
        access = Access("https://fake", ssl.create_default_context(), namespace="")
        return Cluster(access, httpx.MockTransport(self.answer))

    def answer(self, request: httpx.Request) -> httpx.Response:
        """What the API server does."""
        path = request.url.path
        self.requests.append(f"{request.method} {path}")
        if self.down:
            raise httpx.ConnectError("connection refused")
        if path in KINDS:
            listed = [{"name": name, "kind": kind, "namespaced": True} for kind, name in KINDS[path].items()]
            return httpx.Response(200, json={"resources": listed})
        if request.method == "PATCH":
            return self._apply(path, json.loads(request.content), request.url.params)
        if request.method == "DELETE":
            return self._delete(path)
        return self._get(path)

    def _get(self, path: str) -> httpx.Response:
        if path.rsplit("/", 1)[-1] in {name for kinds in KINDS.values() for name in kinds.values()}:
            found = [item for key, item in self.objects.items() if key.startswith(f"{path}/")]
            return httpx.Response(200, json={"items": found})
        if path not in self.objects:
            return httpx.Response(404, json={"message": "not found", "reason": "NotFound"})
        live = self.objects[path]
        if live["metadata"].get("deletionTimestamp"):
            self.finalizer_reads -= 1
            if self.finalizer_reads < 0:
                del self.objects[path]
                return self._get(path)
        if self.statuses:
            live["status"] = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return httpx.Response(200, json=live)

    def _apply(self, path: str, wanted: dict[str, Any], params: httpx.QueryParams) -> httpx.Response:
        refusal = self.refuse(wanted)
        if refusal:
            return httpx.Response(refusal["code"], json=refusal)
        before = copy.deepcopy(self.objects.get(path, {}))
        owners = copy.deepcopy(self.owned.get(path, {}))
        manager = params["fieldManager"]
        for other, fields in owners.items():
            clash = [name for name in fields.get("data", {}) if name in wanted.get("data", {})]
            if other != manager and clash and params["force"] == "false":
                message = f'Apply failed with 1 conflict: conflict with "{other}": .data.{clash[0]}'
                return httpx.Response(409, json={"message": message, "reason": "Conflict"})
        owners[manager] = wanted
        live: dict[str, Any] = {}
        for fields in owners.values():
            merge(live, fields)
        old = before.get("metadata", {})
        live["metadata"] |= {"uid": old.get("uid", "u1"), "generation": old.get("generation", 0) + 1}
        live["metadata"]["managedFields"] = [{"manager": manager}]
        live["status"] = before.get("status", {})
        if params.get("dryRun") != "All":
            self.objects[path], self.owned[path] = live, owners
        return httpx.Response(200, json=live)

    def _delete(self, path: str) -> httpx.Response:
        if path not in self.objects:
            return httpx.Response(404, json={"message": "not found", "reason": "NotFound"})
        self.objects[path]["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
        self.objects[path]["metadata"]["finalizers"] = ["foregroundDeletion"]
        return httpx.Response(200, json={})


def merge(target: dict[str, Any], source: dict[str, Any]) -> None:
    """Puts the fields of one object into another."""
    for name, item in source.items():
        if isinstance(item, dict) and isinstance(target.get(name), dict):
            merge(target[name], item)
        else:
            target[name] = copy.deepcopy(item)
