"""A real API server for tests: kine on SQLite, kube-apiserver and its controllers, on loopback, all thrown away."""

import base64
import contextlib
import datetime
import ipaddress
import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from lab.providers.kubernetes.cluster import Cluster, Manifest, Ref
from lab.providers.kubernetes.kubeconfig import read_kubeconfig
from tests.lab.providers.programs import programs
from tests.ports import free_port

CONTROLLERS = (
    "deployment-controller",
    "replicaset-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "endpointslice-controller",
    "job-controller",
)
START_SECONDS = 90
NODE = "node"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class ApiServer:
    """A running API server, and the cluster that it is for somebody who may do everything."""

    kubeconfig: str
    cluster: Cluster

    def get(self, kind: str, name: str, namespace: str = "default", version: str = "v1") -> Manifest | None:
        """An object as it is."""
        return self.cluster.get(Ref(version, kind, namespace, name))

    def set_status(self, ref: Ref, status: Manifest) -> None:
        """Says how an object is, as its controller would."""
        path = f"{self.cluster._path(ref)}/status"
        headers = {"Content-Type": "application/merge-patch+json"}
        self.cluster._call("PATCH", path, str(ref), content=json.dumps({"status": status}), headers=headers)


@contextmanager
def api_server(folder: Path) -> Iterator[ApiServer]:
    """Starts one, with its data in the folder; ends it with the block."""
    found = programs("kine", "kube")
    database, port = free_port(), free_port()
    kubeconfig = _write_certificates(folder, port)
    commands = {
        "kine": [found["kine"], f"--listen-address=tcp://127.0.0.1:{database}", "--metrics-bind-address=0"],
        "apiserver": [found["kube"], "kube-apiserver", *_apiserver_flags(folder, port, database)],
        "controllers": [
            found["kube"],
            "kube-controller-manager",
            f"--kubeconfig={folder}/kubeconfig",
            f"--controllers={','.join(CONTROLLERS)}",
            "--leader-elect=false",
            "--secure-port=0",
        ],
    }
    # kine's own settings: without them, and built without C code, its database makes the API server wait for ever.
    environment = os.environ | {
        "KINE_ENDPOINT": f"sqlite://{folder}/kine.db?_journal=WAL&cache=shared&_busy_timeout=30000&_txlock=immediate"
    }
    with contextlib.ExitStack() as ending:
        for name, command in commands.items():
            log = ending.enter_context((folder / f"{name}.log").open("wb"))
            ending.enter_context(_running([str(part) for part in command], environment, log))
            if name == "apiserver":
                cluster = Cluster(read_kubeconfig(kubeconfig))
                _wait_until_ready(cluster, folder)
        with _kubelet(cluster):
            yield ApiServer(kubeconfig, cluster)


@contextmanager
def _running(command: list[str], environment: dict[str, str], log: IO[bytes]) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        yield
    finally:
        process.kill()
        process.wait()


@contextmanager
def _kubelet(cluster: Cluster) -> Iterator[None]:
    """A node that makes pods ready within a moment, but for those whose image is called "broken"."""
    ended = threading.Event()
    node = Ref("v1", "Node", "", NODE)
    cluster.apply(
        node, {"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}}, "test", force=True, dry_run=False
    )

    def serve() -> None:
        server = ApiServer("", cluster)
        while not ended.wait(0.2):
            with contextlib.suppress(RuntimeError):
                for pod in cluster._call("GET", "/api/v1/pods", "pods")["items"]:
                    _run_pod(server, pod)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _run_pod(server: ApiServer, pod: Manifest) -> None:
    metadata, container = pod["metadata"], pod["spec"]["containers"][0]
    ref = Ref("v1", "Pod", metadata["namespace"], metadata["name"])
    if metadata.get("deletionTimestamp"):
        options = json.dumps({"gracePeriodSeconds": 0})
        server.cluster._call("DELETE", server.cluster._path(ref), str(ref), content=options, headers=JSON)
    elif not pod["spec"].get("nodeName"):
        target = {"apiVersion": "v1", "kind": "Node", "name": NODE}
        binding = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": ref.name}, "target": target}
        path = f"{server.cluster._path(ref)}/binding"
        server.cluster._call("POST", path, str(ref), content=json.dumps(binding), headers=JSON)
    elif (pod.get("status") or {}).get("phase") == "Pending" and not pod["status"].get("containerStatuses"):
        broken = container["image"] == "broken"
        state = {"waiting": {"reason": "ErrImagePull", "message": "no such image"}} if broken else {"running": {}}
        status = {
            "name": container["name"],
            "ready": not broken,
            "restartCount": 0,
            "image": "",
            "imageID": "",
            "state": state,
        }
        server.set_status(
            ref,
            {
                "phase": "Pending" if broken else "Running",
                "startTime": "2026-01-01T00:00:00Z",
                "podIP": "10.0.0.1",
                "podIPs": [{"ip": "10.0.0.1"}],
                "conditions": [{"type": "Ready", "status": "False" if broken else "True"}],
                "containerStatuses": [status],
            },
        )


def _apiserver_flags(folder: Path, port: int, database: int) -> list[str]:
    return [
        f"--etcd-servers=http://127.0.0.1:{database}",
        "--bind-address=127.0.0.1",
        f"--secure-port={port}",
        "--endpoint-reconciler-type=none",
        f"--tls-cert-file={folder}/server.crt",
        f"--tls-private-key-file={folder}/server.key",
        f"--client-ca-file={folder}/ca.crt",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder}/server.key",
        f"--service-account-signing-key-file={folder}/server.key",
        "--service-cluster-ip-range=10.96.0.0/24",
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
    ]


def _wait_until_ready(cluster: Cluster, folder: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(RuntimeError):
            if cluster._call("GET", "/readyz", "readyz") == {"message": "ok"}:
                return
            cluster.find("v1", "Namespace")
            if cluster.get(Ref("v1", "Namespace", "", "default")):
                return
        time.sleep(0.3)
    raise AssertionError(f"no API server: {(folder / 'apiserver.log').read_text()[-2000:]}")


def _write_certificates(folder: Path, port: int) -> str:
    """A CA, the server's certificate, a client's in a kubeconfig; returns that."""
    authority_key = ec.generate_private_key(ec.SECP256R1())
    authority = _sign("CA", None, authority_key, authority_key, None)
    (folder / "ca.crt").write_bytes(_pem(authority))
    server_key, client_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    (folder / "server.crt").write_bytes(_pem(_sign("server", None, server_key, authority_key, authority)))
    (folder / "server.key").write_bytes(_key(server_key))
    client = _sign("admin", "system:masters", client_key, authority_key, authority)
    kubeconfig = json.dumps(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": "test",
                    "cluster": {
                        "server": f"https://127.0.0.1:{port}",
                        "certificate-authority-data": base64.b64encode(_pem(authority)).decode(),
                    },
                }
            ],
            "users": [
                {
                    "name": "admin",
                    "user": {
                        "client-certificate-data": base64.b64encode(_pem(client)).decode(),
                        "client-key-data": base64.b64encode(_key(client_key)).decode(),
                    },
                }
            ],
            "contexts": [{"name": "test", "context": {"cluster": "test", "user": "admin"}}],
            "current-context": "test",
        }
    )
    (folder / "kubeconfig").write_text(kubeconfig)
    return kubeconfig


def _sign(
    name: str,
    organization: str | None,
    key: ec.EllipticCurvePrivateKey,
    authority_key: ec.EllipticCurvePrivateKey,
    authority: x509.Certificate | None,
) -> x509.Certificate:
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, name)]
    if organization:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    subject, now = x509.Name(attributes), datetime.datetime.now(datetime.UTC)
    issuer = authority.subject if authority else subject
    builder = x509.CertificateBuilder(issuer, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now).not_valid_after(now + datetime.timedelta(hours=2))
    builder = builder.add_extension(x509.BasicConstraints(authority is None, None), critical=True)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    return builder.add_extension(names, critical=False).sign(authority_key, hashes.SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
