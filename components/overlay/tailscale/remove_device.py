"""Removes one device from a tailnet, by its host name. A standalone program for the computer that runs Pulumi.

    python3 - HOSTNAME

Uses the API of Tailscale or of a Headscale server. Reads the environment variables of the tailscale provider:
TAILSCALE_BASE_URL and TAILSCALE_TAILNET; and TAILSCALE_API_KEY, or TAILSCALE_OAUTH_CLIENT_ID with
TAILSCALE_OAUTH_CLIENT_SECRET, TAILSCALE_IDENTITY_TOKEN or (in GitHub Actions) TAILSCALE_AUDIENCE. Uses the standard
library only: any python3 must be able to run it.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

TAG = "tag:cluster"  # the program never removes a device without this tag
SECONDS = 30


def call(method: str, url: str, token: str = "", form: dict[str, str] | None = None) -> Any:
    """The JSON of the response; None for a 404. On other errors, exits with a message of one line."""
    if not url.startswith(("https://", "http://")):
        sys.exit(f"TAILSCALE_BASE_URL: {url} is no URL of a server")
    body = urllib.parse.urlencode(form).encode() if form else None
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    request = urllib.request.Request(url, body, headers, method=method)  # noqa: S310 (checked above)
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


def known(*names: str) -> str:
    """The value of the first of these environment variables that is set; empty if none is."""
    return next((value for name in names if name and (value := os.environ.get(name))), "")


def token_of(base: str) -> str:
    """A token for the API. Tries the credentials in the order of the tailscale provider."""
    client = known("TAILSCALE_OAUTH_CLIENT_ID", "OAUTH_CLIENT_ID")
    if client and (secret := known("TAILSCALE_OAUTH_CLIENT_SECRET", "OAUTH_CLIENT_SECRET")):
        return exchanged(f"{base}/api/v2/oauth/token", client, client_secret=secret)
    if client and (identity := identity_token()):
        return exchanged(f"{base}/api/v2/oauth/token-exchange", client, jwt=identity)
    return known("TAILSCALE_API_KEY") or sys.exit(
        "set TAILSCALE_API_KEY, or TAILSCALE_OAUTH_CLIENT_ID with TAILSCALE_OAUTH_CLIENT_SECRET or a federated identity"
    )


def identity_token() -> str:
    """The token of a federated identity, from a variable or from GitHub Actions. Empty if there is none."""
    name = known("TAILSCALE_IDENTITY_TOKEN_ENVIRONMENT_VARIABLE_NAME")
    given = known("TAILSCALE_IDENTITY_TOKEN", "IDENTITY_TOKEN", name)
    audience, url = known("TAILSCALE_AUDIENCE"), known("ACTIONS_ID_TOKEN_REQUEST_URL")
    if given or not (audience and url):
        return given
    address = f"{url}{'&' if '?' in url else '?'}{urllib.parse.urlencode({'audience': audience})}"
    answer = call("GET", address, known("ACTIONS_ID_TOKEN_REQUEST_TOKEN")) or {}
    return str(answer.get("value") or sys.exit("GitHub gave this run no identity token: permit `id-token: write`"))


def exchanged(url: str, client: str, **proof: str) -> str:
    """Exchanges a client's secret or identity token for a short-lived token of the API."""
    answer = call("POST", url, form={"client_id": client, **proof}) or {}
    return str(answer.get("access_token") or sys.exit(f"{url} gave no token to the client {client}"))


def main(hostname: str) -> None:
    """Removes the devices of that name, if there are any."""
    base = (os.environ.get("TAILSCALE_BASE_URL") or "https://api.tailscale.com").rstrip("/")
    tailnet = urllib.parse.quote(os.environ.get("TAILSCALE_TAILNET") or "-", safe="")
    token = token_of(base)
    found = call("GET", f"{base}/api/v2/tailnet/{tailnet}/devices", token)
    if found is not None:
        devices = [(each["hostname"], each.get("tags"), f"v2/device/{each['id']}") for each in found["devices"]]
    else:  # Headscale has an API of its own
        nodes = (call("GET", f"{base}/api/v1/node", token) or {}).get("nodes", [])
        devices = [(each["name"], each.get("tags"), f"v1/node/{each['id']}") for each in nodes]
    gone = [path for name, tags, path in devices if name == hostname and TAG in (tags or [])]
    for path in gone:
        call("DELETE", f"{base}/api/{path}", token)
    print(f"{hostname}: {len(gone) or 'no'} device{'s' * (len(gone) != 1)} removed from the tailnet", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1])
