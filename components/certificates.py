"""Ends of the certificates in the stack's state: a stack output, and a warning for one that ends soon all the same.

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
from components.renewal import DAY

if TYPE_CHECKING:
    from components.ingress.route import Entry

SOON_DAYS, SOON_SHARE = 60, 4
"""A certificate ends soon in its last so many days; or in the last quarter of its validity, if that is less."""
MENDS = {
    "administrator": "k3s on the first server has not renewed it. See there: journalctl -u k3s-renewal; systemctl"
    " restart k3s renews it. Then run `pulumi up`.",
}
"""By certificate: what to do when `up` does not renew it. Else `up` is what does."""


def certificate_ends(cluster: K3s, datastore: Datastore, entry: "Entry | None") -> pulumi.Output[dict[str, str]]:
    """The stack output: by certificate the day of its end, as `2027-11-30`. Warns of those that end soon, or are over.

    A value that this `up` renews is unknown in its preview, and new in the `up` itself. So what is told stays so.
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
                pulumi.warn(f"the certificate `{name}` {verb} on {found[name]}. {MENDS.get(name, 'Run `pulumi up`.')}")
    return found
