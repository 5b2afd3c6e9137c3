"""The configuration of a member: variables of etcd's environment, with their reasons."""

from components.datastore.etcd.ports import CLIENT_PORT, METRICS_PORT, PEER_PORT

DATA = "/var/lib/etcd/tailnet-k3s"
"""Below the folder of the package, so that this folder can be a mount point."""
TLS = "/etc/etcd/tls"
PEER_NAME = "etcd-peer"
"""The common name of peers' certificates. A client's certificate of the same authority opens no peer port."""
MIB = 2**20


def member_settings(name: str, heartbeat_ms: int, election_ms: int, quota_mb: int, address: str) -> str:
    """The file whose changes need a restart of etcd. Certificate and key are in one file, so they change together."""
    return f"""\
ETCD_NAME={name}
ETCD_DATA_DIR={DATA}
ETCD_LISTEN_CLIENT_URLS=https://{address}:{CLIENT_PORT},https://127.0.0.1:{CLIENT_PORT}
ETCD_ADVERTISE_CLIENT_URLS=https://{address}:{CLIENT_PORT}
ETCD_LISTEN_PEER_URLS=https://{address}:{PEER_PORT}
ETCD_INITIAL_ADVERTISE_PEER_URLS=https://{address}:{PEER_PORT}
ETCD_LISTEN_METRICS_URLS=http://127.0.0.1:{METRICS_PORT}
# A member that has lost its data must not start a cluster of its own.
ETCD_INITIAL_CLUSTER={name}=https://{address}:{PEER_PORT}
ETCD_INITIAL_CLUSTER_STATE=existing
ETCD_CLIENT_CERT_AUTH=true
ETCD_TRUSTED_CA_FILE={TLS}/authority.crt
ETCD_CERT_FILE={TLS}/server.pem
ETCD_KEY_FILE={TLS}/server.pem
ETCD_PEER_CLIENT_CERT_AUTH=true
ETCD_PEER_CERT_ALLOWED_CN={PEER_NAME}
ETCD_PEER_TRUSTED_CA_FILE={TLS}/authority.crt
ETCD_PEER_CERT_FILE={TLS}/peer.pem
ETCD_PEER_KEY_FILE={TLS}/peer.pem
ETCD_HEARTBEAT_INTERVAL={heartbeat_ms}
ETCD_ELECTION_TIMEOUT={election_ms}
ETCD_QUOTA_BACKEND_BYTES={quota_mb * MIB}
ETCD_ENABLE_GRPC_GATEWAY=false
ETCD_FEATURE_GATES=InitialCorruptCheck=true,CompactHashCheck=true"""
