"""Reads a kubeconfig: the server, its CA, the user's credentials, and the context's namespace."""

import base64
import os
import ssl
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

DEFAULT_PATH = Path.home() / ".kube" / "config"
UNSUPPORTED = ("exec", "auth-provider")


@dataclass(frozen=True)
class Access:
    """How to reach a cluster as a user. `tls_name`: the name in the server's certificate, if it is another one."""

    server: str
    trust: ssl.SSLContext
    headers: dict[str, str] = field(default_factory=dict)
    tls_name: str = ""
    namespace: str = ""
    proxy: str = ""


def read_kubeconfig(kubeconfig: str | None, context: str | None = None, cluster: str | None = None) -> Access:
    """Reads a kubeconfig from its text or its path. None: $KUBECONFIG, else the default path. Raises RuntimeError."""
    entry, user, namespace = _entries(kubeconfig, context, cluster)
    return Access(
        server=str(entry.get("server", "")).rstrip("/"),
        trust=_trust(entry, user),
        headers=_headers(user),
        tls_name=entry.get("tls-server-name") or "",
        namespace=namespace,
        proxy=entry.get("proxy-url") or "",
    )


def cluster_of(kubeconfig: str | None, context: str | None = None, cluster: str | None = None) -> Any:
    """The entry of the current cluster. If it differs, it is another cluster."""
    return _entries(kubeconfig, context, cluster)[0]


def _entries(kubeconfig: str | None, context: str | None, cluster: str | None) -> tuple[Any, Any, str]:
    """The entries of the current cluster and user, and the namespace."""
    content = _load(kubeconfig)
    name = context or content.get("current-context")
    chosen = _named(content, "contexts", name, "context") if name or not cluster else {}
    entry = _named(content, "clusters", cluster or chosen.get("cluster"), "cluster")
    user = _named(content, "users", chosen["user"], "user") if chosen.get("user") else {}
    return entry, user, chosen.get("namespace") or ""


def _load(kubeconfig: str | None) -> Any:  # whatever YAML gives
    text = kubeconfig or ""
    if "\n" not in text and not text.lstrip().startswith("{"):
        path = Path(text or os.environ.get("KUBECONFIG", "").split(":")[0] or DEFAULT_PATH).expanduser()
        try:
            text = path.read_text()
        except OSError as error:
            raise RuntimeError(f"kubeconfig {path}: {error.strerror}; give its content or its path") from error
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise RuntimeError("kubeconfig: it is no YAML") from error
    if not isinstance(content, dict) or not content.get("clusters"):
        raise RuntimeError("kubeconfig: it has no clusters")
    return content


def _named(content: Any, group: str, name: str | None, kind: str) -> Any:
    """The entry with that name in a list of named entries."""
    for item in content.get(group) or []:
        if item.get("name") == name:
            return item.get(kind) or {}
    raise RuntimeError(f"kubeconfig: it has no {kind} {name!r}")


def _headers(user: Any) -> dict[str, str]:
    for kind in UNSUPPORTED:
        if user.get(kind):
            raise RuntimeError(f"kubeconfig: this stand-in knows certificates, tokens and passwords, not `{kind}`")
    token = user.get("token")
    if user.get("tokenFile"):
        token = Path(user["tokenFile"]).read_text().strip()
    if token:
        return {"Authorization": f"Bearer {token}"}
    if user.get("username"):
        pair = base64.b64encode(f"{user['username']}:{user.get('password', '')}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}
    return {}


def _trust(entry: Any, user: Any) -> ssl.SSLContext:
    """A TLS context that trusts the cluster's CA, and uses the user's certificate."""
    authority = _data(entry, "certificate-authority")
    trust = ssl.create_default_context(cadata=authority.decode() if authority else None)
    if entry.get("insecure-skip-tls-verify"):
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    certificate, key = _data(user, "client-certificate"), _data(user, "client-key")
    if certificate and key:
        # Python reads these from files only. A file in memory leaves no key on a disk.
        memory = os.memfd_create("client-certificate")
        try:
            os.write(memory, certificate + b"\n" + key)
            trust.load_cert_chain(f"/proc/self/fd/{memory}")
        except ssl.SSLError as error:
            raise RuntimeError("kubeconfig: the user's certificate and key can't be read, or don't match") from error
        finally:
            os.close(memory)
    return trust


def _data(entry: Any, name: str) -> bytes:
    """Content that is inline (base64) or in a file. Empty if it is not given."""
    if entry.get(f"{name}-data"):
        return base64.b64decode(entry[f"{name}-data"])
    return Path(entry[name]).read_bytes() if entry.get(name) else b""
