"""Writes ConfigMaps through the API, twenty a second, and watches them. Prints what became of them as one line of JSON.

Runs in the operator's network, which is on no host. Arguments: KUBECONFIG-FILE RUNNING-FILE. It makes RUNNING-FILE with
its first success, and ends when somebody removes that file. Every write has a name of its own and is tried once.
"""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from kubernetes import client, config, watch
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

NAMESPACE = "drills"
INTERVAL = 0.05
TIMES = (1.0, 3.0)
"""Seconds for a connection, and for an answer."""
UNREAD: dict[str, Any] = {"_request_timeout": TIMES, "_preload_content": False}
"""To make an object of every answer would take longer than the answer."""
SILENCE = 5.0
"""Seconds without a word after which a watch goes on by another server."""
THREADS = 64
"""Enough that writes start on time while all before them wait for their answers."""
SETTLE_SECONDS = 180.0


@dataclass
class Record:
    """What is known of all writes."""

    answered: dict[str, float] = field(default_factory=dict)
    """When the API answered that it has stored the object."""
    read_back: set[str] = field(default_factory=set)
    refused: dict[str, str] = field(default_factory=dict)
    """Why, by name: the API said that it has not stored the object."""
    unclear: set[str] = field(default_factory=set)
    """No answer came."""
    watched: set[str] = field(default_factory=set)
    backwards: int = 0
    """Events with a revision that is not above the one before."""


class Servers:
    """All servers of the cluster. Requests go to one of them until it fails."""

    def __init__(self, kubeconfig: str) -> None:
        contexts, current = config.list_kube_config_contexts(kubeconfig)
        names = [one["name"] for one in contexts if one["name"] != current["name"]] or [current["name"]]
        self._apis = [client.CoreV1Api(_client(kubeconfig, name)) for name in names]
        self._present = 0

    def present(self) -> tuple[int, Any]:
        """The server to ask now: its number and its CoreV1Api, whose types lack the options that are needed here."""
        number = self._present
        return number, self._apis[number]

    def failed(self, number: int) -> None:
        """Ask another one from now on."""
        if self._present == number:
            self._present = (number + 1) % len(self._apis)


def _client(kubeconfig: str, context: str) -> client.ApiClient:
    settings: Any = client.Configuration()
    settings.retries = False  # an unclear answer is to be seen here, not to be asked again inside of the client
    settings.connection_pool_maxsize = THREADS
    config.load_kube_config(kubeconfig, context, client_configuration=settings)
    return client.ApiClient(configuration=settings)


def write(servers: Servers, record: Record, name: str) -> None:
    """One write, and one look whether it is there."""
    number, api = servers.present()
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name), data={"name": name})
    try:
        api.create_namespaced_config_map(NAMESPACE, body, **UNREAD).drain_conn()
    except ApiException as error:
        servers.failed(number)
        record.refused[name] = f"{error.status} {error.reason}"
        return
    except HTTPError:
        servers.failed(number)
        record.unclear.add(name)
        return
    record.answered[name] = time.monotonic()
    try:
        api.read_namespaced_config_map(name, NAMESPACE, **UNREAD).drain_conn()
    except (ApiException, HTTPError):
        return
    record.read_back.add(name)


def follow(servers: Servers, record: Record, ended: threading.Event) -> None:
    """Watch all objects, as controllers do: from the last revision on, by any server."""
    revision = 0
    while not ended.is_set():
        number, api = servers.present()
        try:
            if not revision:
                listed = api.list_namespaced_config_map(NAMESPACE, _request_timeout=TIMES)
                record.watched |= {one.metadata.name for one in listed.items}
                revision = int(listed.metadata.resource_version)
            events: Any = watch.Watch().stream(
                api.list_namespaced_config_map,
                NAMESPACE,
                resource_version=str(revision),
                timeout_seconds=30,
                _request_timeout=(TIMES[0], SILENCE),
            )
            for event in events:
                name, seen = event["object"].metadata.name, int(event["object"].metadata.resource_version)
                record.backwards += seen <= revision
                record.watched.add(name)
                revision = seen
        except ApiException as error:
            if error.status == 410:
                revision = 0
            servers.failed(number)
            ended.wait(0.2)
        except HTTPError:
            servers.failed(number)


def stored(servers: Servers) -> set[str]:
    """Names of all objects that are there. Asks until a server answers."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < deadline:
        number, api = servers.present()
        try:
            listed = api.list_namespaced_config_map(NAMESPACE, _request_timeout=(1, 20))
        except (ApiException, HTTPError):
            servers.failed(number)
            time.sleep(1)
        else:
            return {one.metadata.name for one in listed.items}
    raise SystemExit(f"no server listed the objects for {SETTLE_SECONDS:.0f} s")


def judged(record: Record, there: set[str], started: float, ended: float) -> dict[str, Any]:
    """The result. `there`: what is stored at the end. Times in seconds."""
    times = [started, *sorted(record.answered.values()), ended]
    return {
        "answered": len(record.answered),
        "read_back": len(record.read_back),
        "lost": sorted(record.read_back - there),
        "lost_unread": sorted(set(record.answered) - record.read_back - there),
        "refused": len(record.refused),
        "refusals": sorted(set(record.refused.values())),
        "appeared": sorted(set(record.refused) & there),
        "unclear": len(record.unclear),
        "unseen": sorted(there - record.watched),
        "backwards": record.backwards,
        "longest_gap": max(later - earlier for earlier, later in pairwise(times)),
    }


def prepare(servers: Servers) -> None:
    """The namespace, and a first write."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        number, api = servers.present()
        try:
            api.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
        except ApiException as error:
            if error.status == 409:
                return
            servers.failed(number)
        except HTTPError:
            servers.failed(number)
        else:
            return
        if time.monotonic() > deadline:
            raise SystemExit(f"no server made the namespace {NAMESPACE} for {SETTLE_SECONDS:.0f} s")
        time.sleep(1)


def main() -> None:
    """Write until the file is gone, wait for the last event, and judge."""
    servers, running, record, ended = Servers(sys.argv[1]), Path(sys.argv[2]), Record(), threading.Event()
    prepare(servers)
    follower = threading.Thread(target=follow, args=(servers, record, ended), daemon=True)
    follower.start()
    started, number = time.monotonic(), 0
    with ThreadPoolExecutor(THREADS) as pool:
        while running.exists() or not number:
            if not number:
                running.touch()
            pool.submit(write, servers, record, f"write-{number}")
            number += 1
            time.sleep(max(0.0, started + number * INTERVAL - time.monotonic()))
        last = time.monotonic()
    there = stored(servers)
    deadline = time.monotonic() + 20
    while there - record.watched and time.monotonic() < deadline:
        time.sleep(0.2)
    ended.set()
    print(json.dumps(judged(record, there, started, last)))


if __name__ == "__main__":
    main()
