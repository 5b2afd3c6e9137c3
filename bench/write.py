"""Runs on a server of the lab: writes to the cluster by this server's API, one after the other; prints seconds as JSON.

Usage: write.py NAMESPACE NAME COUNT
"""

import base64
import http.client
import json
import re
import ssl
import sys
import tempfile
import time
from pathlib import Path

KUBECONFIG = Path("/etc/rancher/k3s/k3s.yaml")


def connection() -> http.client.HTTPSConnection:
    """To the API of this host, as its administrator."""
    text = KUBECONFIG.read_text()
    found = {name: re.search(rf"{name}: (\S+)", text) for name in ("server", "certificate-authority-data")}
    found |= {name: re.search(rf"{name}: (\S+)", text) for name in ("client-certificate-data", "client-key-data")}
    values = {name: match[1] for name, match in found.items() if match}
    data = {name: base64.b64decode(value).decode() for name, value in values.items() if name != "server"}
    context = ssl.create_default_context(cadata=data["certificate-authority-data"])
    with tempfile.NamedTemporaryFile("w") as login:
        login.write(data["client-certificate-data"] + data["client-key-data"])
        login.flush()
        context.load_cert_chain(login.name)
    address = values["server"].removeprefix("https://")
    return http.client.HTTPSConnection(address, context=context, timeout=30)


def ask(api: http.client.HTTPSConnection, method: str, path: str, body: object = None) -> None:
    """One request; raises RuntimeError for any answer but a good one."""
    kind = "application/merge-patch+json" if method == "PATCH" else "application/json"
    api.request(method, path, json.dumps(body) if body is not None else None, {"Content-Type": kind})
    answer = api.getresponse()
    said = answer.read()
    if answer.status >= 300:
        raise RuntimeError(f"{method} {path}: {answer.status} {said[:200]!r}")


def write(namespace: str, name: str, count: int) -> list[float]:
    """Make an object, change it so often, and take it away. Seconds of each change."""
    api, folder = connection(), f"/api/v1/namespaces/{namespace}/configmaps"
    ask(api, "POST", folder, {"metadata": {"name": name}, "data": {"number": "0"}})
    taken = []
    try:
        for number in range(count):
            start = time.perf_counter()
            ask(api, "PATCH", f"{folder}/{name}", {"data": {"number": str(number)}})
            taken.append(time.perf_counter() - start)
    finally:
        ask(api, "DELETE", f"{folder}/{name}")
    return taken


if __name__ == "__main__":
    print(json.dumps(write(sys.argv[1], sys.argv[2], int(sys.argv[3]))))
