"""When certificates end: a stack output, and a warning for each one that ends soon although `up` should renew it.

An `up` renews them long before that: the program's own by the calendar (renewal.py), the administrator's when k3s has
renewed it on its server (cluster/kubeconfig.sh).
"""

import time
from base64 import b64decode
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pulumi
import yaml

from components.cluster.k3s import K3s
from components.datastore.kind import Datastore
from components.renewal import DAY, SOON_DAYS

if TYPE_CHECKING:
    from components.ingress.route import Entry

SOON_SHARE = 4
"""A certificate that is valid for a short time ends soon in the last quarter of its validity."""
ADVICE = {
    "administrator": "k3s on the first server has not renewed it. See there: journalctl -u k3s-renewal; systemctl"
    " restart k3s renews it. Then run `pulumi up`.",
    "datastore-external": "It is your own: set `datastore.certificate` and `datastore.key` anew, then run `pulumi up`.",
}
"""What to do, by certificate, where a further `up` does not renew it. All others: run `pulumi up`."""


def certificate_ends(cluster: K3s, datastore: Datastore, entry: "Entry | None") -> pulumi.Output[dict[str, str]]:
    """The stack output: the day on which each certificate ends, as `2027-11-30`. Warns of those that end soon.

    A preview does not know a certificate that the `up` will renew, so it does not warn of it.
    """
    known = {
        "administrator": cluster.kubeconfig.apply(of_kubeconfig),
        **datastore.certificates,
        **(entry.certificates if entry else {}),
    }
    return pulumi.Output.unsecret(pulumi.Output.all(**known).apply(_told))


def of_kubeconfig(text: str) -> str:
    """The user's certificate in PEM. Empty: it has none."""
    config: dict[str, Any] = yaml.safe_load(text) or {}
    users = [one.get("user", {}) for one in config.get("users") or ()]
    return next((b64decode(user.get("client-certificate-data", "")).decode() for user in users), "")


def validity(pem: str) -> tuple[datetime, datetime] | None:
    """Start and end of the first certificate of a text in PEM. None: there is none."""
    from cryptography import x509

    try:
        certificate = x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        return None
    return certificate.not_valid_before_utc, certificate.not_valid_after_utc


def ends_soon(start: datetime, end: datetime, now: datetime) -> bool:
    """Whether an `up` should have renewed it by now."""
    left, whole = (end - now).total_seconds(), (end - start).total_seconds()
    return left < min(SOON_DAYS * DAY, whole / SOON_SHARE)


def _told(pems: Mapping[str, str]) -> dict[str, str]:
    now, found = datetime.fromtimestamp(time.time(), UTC), {}
    for name, pem in pems.items():
        if known := validity(pem):
            found[name] = f"{known[1]:%Y-%m-%d}"
            if ends_soon(*known, now):
                verb = "ended" if known[1] < now else "ends"
                pulumi.warn(f"the certificate `{name}` {verb} on {found[name]}. {ADVICE.get(name, 'Run `pulumi up`.')}")
    return found
