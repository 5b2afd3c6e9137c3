"""Takes one device out of a tailnet, by its host name: run on its own, by the computer that runs Pulumi.

    python3 - HOSTNAME

Asks Tailscale's API, or that of a Headscale server. Which tailnet, and with which credentials, the environment says, as
to the tailscale provider: TAILSCALE_BASE_URL, TAILSCALE_TAILNET, TAILSCALE_API_KEY, or TAILSCALE_OAUTH_CLIENT_ID and
TAILSCALE_OAUTH_CLIENT_SECRET. Needs nothing but Python's own library, for nobody knows which Python that will be.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

TAG = "tag:cluster"  # a device without it is none of the program's
SECONDS = 30


def call(method: str, url: str, token: str = "", form: dict[str, str] | None = None) -> Any:
    """The answer's document; None if there is no such thing. Ends the program with one line when it fails."""
    if not url.startswith(("https://", "http://")):
        sys.exit(f"TAILSCALE_BASE_URL: {url} is no URL of a server")
    body = urllib.parse.urlencode(form).encode() if form else None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 (looked at above)
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            text = answer.read()
    except urllib.error.HTTPError as error:
        if error.code == 404:
            return None
        sys.exit(f"the tailnet's API refuses to {method} {url}: {error.code} {error.reason}")
    except OSError as error:
        sys.exit(f"the tailnet's API at {url} does not answer: {getattr(error, 'reason', error)}")
    try:
        return json.loads(text or b"{}")
    except ValueError:
        return None if method == "GET" else {}


def token_of(base: str) -> str:
    """What the API lets in."""
    if key := os.environ.get("TAILSCALE_API_KEY"):
        return key
    names = {"client_id": "TAILSCALE_OAUTH_CLIENT_ID", "client_secret": "TAILSCALE_OAUTH_CLIENT_SECRET"}
    form = {field: os.environ.get(name, "") for field, name in names.items()}
    if not all(form.values()):
        sys.exit("set TAILSCALE_API_KEY, or TAILSCALE_OAUTH_CLIENT_ID and TAILSCALE_OAUTH_CLIENT_SECRET")
    answer = call("POST", f"{base}/api/v2/oauth/token", form=form) or {}
    return str(answer.get("access_token") or sys.exit("the tailnet's API gave no token to the OAuth client"))


def main(hostname: str) -> None:
    """Removes the devices of that name, and is content if there is none."""
    base = (os.environ.get("TAILSCALE_BASE_URL") or "https://api.tailscale.com").rstrip("/")
    tailnet = urllib.parse.quote(os.environ.get("TAILSCALE_TAILNET") or "-", safe="")
    token = token_of(base)
    found = call("GET", f"{base}/api/v2/tailnet/{tailnet}/devices", token)
    if found is not None:
        known = [(each["hostname"], each.get("tags"), f"v2/device/{each['id']}") for each in found["devices"]]
    else:  # Headscale has an API of its own
        nodes = (call("GET", f"{base}/api/v1/node", token) or {}).get("nodes", [])
        known = [(each["name"], each.get("tags"), f"v1/node/{each['id']}") for each in nodes]
    gone = [path for name, tags, path in known if name == hostname and TAG in (tags or [])]
    for path in gone:
        call("DELETE", f"{base}/api/{path}", token)
    print(f"{hostname}: {len(gone) or 'no'} device{'s' * (len(gone) != 1)} removed from the tailnet", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
