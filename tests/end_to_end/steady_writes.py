"""Writes ConfigMaps through the API, five a second, each read back; prints what became of them as lines of JSON.

Run in the operator's network: KUBECONFIG-FILE COUNT. Two counts are kept apart, since kine may answer success for
a write that it loses when the database fails over: answered and read back (none may be lost), and answered only.
"""

import json
import sys
import time

from kubernetes import client, config
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

NAMESPACE = "steady-writes"
INTERVAL = 0.2
ATTEMPT_SECONDS = 5


def say(**facts: object) -> None:
    """One line for the test that reads along."""
    print(json.dumps(facts), flush=True)


def write(api: client.CoreV1Api, name: str) -> bool:
    """True if the API answered that the object is stored; an unclear answer is asked again by its next try."""
    body = client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name), data={"name": name})
    try:
        api.create_namespaced_config_map(NAMESPACE, body, _request_timeout=ATTEMPT_SECONDS)
    except ApiException as error:
        return error.status == 409
    except HTTPError:
        return False
    return True


def is_there(api: client.CoreV1Api, name: str) -> bool:
    """True if the object can be read now; asked until the API gives a clear answer."""
    for _ in range(30):
        try:
            api.read_namespaced_config_map(name, NAMESPACE, _request_timeout=ATTEMPT_SECONDS)
        except ApiException as error:
            if error.status == 404:
                return False
        except HTTPError:
            pass
        else:
            return True
        time.sleep(1)
    raise SystemExit(f"the API gave no clear answer about {name} for 30 tries")


def main() -> None:
    """Write, read back, and look again at the end."""
    settings = client.Configuration()
    settings.retries = False  # an unclear answer is to be seen here, not to be asked again inside of the client
    config.load_kube_config(sys.argv[1], client_configuration=settings)
    count = int(sys.argv[2])
    api = client.CoreV1Api(client.ApiClient(configuration=settings))
    try:
        api.create_namespace(client.V1Namespace(metadata=client.V1ObjectMeta(name=NAMESPACE)))
    except ApiException as error:
        if error.status != 409:
            raise
    read_back: list[str] = []
    answered_only: list[str] = []
    last = time.monotonic()
    longest_gap = 0.0
    deadline = last + 180
    for number in range(count):
        name = f"write-{number}"
        started = time.monotonic()
        while not write(api, name):
            if time.monotonic() > deadline:
                raise SystemExit(f"no write was answered for {time.monotonic() - last:.0f} s")
            time.sleep(INTERVAL)
        now = time.monotonic()
        longest_gap, last = max(longest_gap, now - last), now
        (read_back if is_there(api, name) else answered_only).append(name)
        say(written=number + 1)
        time.sleep(max(0.0, INTERVAL - (time.monotonic() - started)))
    time.sleep(3)
    there = {name for name in [*read_back, *answered_only] if is_there(api, name)}
    say(
        read_back=len(read_back),
        answered_only=sorted(set(answered_only) - there),
        lost=sorted(set(read_back) - there),
        longest_gap=longest_gap,
        stored=len(there),
    )


main()
