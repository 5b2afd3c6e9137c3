"""Part of the look's script: what the API of this server says of the cluster's nodes."""

from __future__ import annotations

import json
from typing import Any

from components.look.gather.reading import at, note

CERTIFICATES_FOLDER = "/var/lib/rancher/k3s/server/tls"
API = ("127.0.0.1", 6443)
API_SECONDS = 4
LABELLED = "tailnet-k3s/taints"
"""An annotation: the taints that this program has set."""


def nodes() -> list[dict[str, Any]] | None:
    """All nodes. None: this host is no server, or its API does not answer. Asks without a program, to be quick."""
    certificate, authority = at(f"{CERTIFICATES_FOLDER}/client-admin.crt"), at(f"{CERTIFICATES_FOLDER}/server-ca.crt")
    if not (certificate.exists() and authority.exists()):
        return None
    import http.client  # other hosts need neither: they take a fifth of the script's time
    import ssl

    try:
        context = ssl.create_default_context(cafile=str(authority))
        context.load_cert_chain(certificate, certificate.with_suffix(".key"))
        connection = http.client.HTTPSConnection(*API, timeout=API_SECONDS, context=context)
        connection.request("GET", "/api/v1/nodes")
        answer = connection.getresponse()
        if answer.status != http.client.OK:
            note(f"it answers with HTTP status {answer.status}")
            return None
        return parse_nodes(answer.read().decode())
    except (OSError, http.client.HTTPException) as error:
        note(str(getattr(error, "strerror", None) or error or type(error).__name__).strip())
        return None


def parse_nodes(answer: str) -> list[dict[str, Any]]:
    """Parses the API's list. Taints are as in the settings: `key=value:Effect` or `key:Effect`."""
    return [
        {
            "name": node["metadata"]["name"],
            "ready": any(
                one["type"] == "Ready" and one["status"] == "True" for one in node["status"].get("conditions") or ()
            ),
            "machine_id": (node["status"].get("nodeInfo") or {}).get("machineID") or None,
            "cordoned": bool(node["spec"].get("unschedulable")),
            "taints": [
                f"{one['key']}{'=' if one.get('value') else ''}{one.get('value') or ''}:{one['effect']}"
                for one in node["spec"].get("taints") or ()
            ],
            "own_taints": ((node["metadata"].get("annotations") or {}).get(LABELLED) or "").split(),
        }
        for node in json.loads(answer)["items"]
    ]
