"""The executable pulumi-resource-kubernetes."""

import threading

from pulumi.provider.experimental import provider as sdk

from lab.providers.kubernetes.cluster import Cluster
from lab.providers.kubernetes.kubeconfig import read_kubeconfig
from lab.providers.kubernetes.objects import Objects
from lab.providers.kubernetes.settings import Settings, changes, failures, read_settings
from lab.providers.properties import plain_map
from lab.providers.server import EngineLog, serve


class KubernetesProvider(sdk.Provider):
    """Objects of every kind, in one cluster."""

    def __init__(self, log: EngineLog) -> None:
        self._log = log
        self._cancelled = threading.Event()
        self._objects = Objects(Settings(known=False), None, log, self._cancelled)

    async def check_config(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        return sdk.CheckResponse(request.new_inputs, list(failures(plain_map(request.new_inputs))))

    async def diff_config(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        found = changes(plain_map(request.old_state), plain_map(request.new_inputs))
        replaces = [name for name, other_cluster in found.items() if other_cluster]
        return sdk.DiffResponse(changes=bool(found), replaces=replaces, diffs=list(found))

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        settings = read_settings(plain_map(request.args))
        cluster = None
        if settings.known:
            cluster = Cluster(read_kubeconfig(settings.kubeconfig, settings.context, settings.cluster))
        self._objects = Objects(settings, cluster, self._log, self._cancelled)
        return sdk.ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        return self._objects.check(request)

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        return self._objects.diff(request)

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        return self._objects.create(request)

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        return self._objects.update(request)

    async def delete(self, request: sdk.DeleteRequest) -> None:
        self._objects.delete(request)

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        return self._objects.read(request)

    async def cancel(self) -> None:
        self._cancelled.set()


if __name__ == "__main__":
    serve("kubernetes", KubernetesProvider)
