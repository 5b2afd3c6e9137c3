"""What members of the datastore say of themselves, whatever kind it is."""

from tests.end_to_end.running import RunningLab

ETCDCTL = (
    "etcdctl --cacert /etc/etcd/tls/authority.crt --cert /etc/etcd/tls/server.pem --key /etc/etcd/tls/server.pem"
    " --endpoints https://127.0.0.1:2379"
)
SIZE = f"""
if [ -e /etc/etcd/member.env ]; then
  {ETCDCTL} endpoint health --cluster -w json 2>/dev/null | grep -o '"health":true' | wc -l
else
  mariadb -Ne "SHOW STATUS LIKE 'wsrep_cluster_size'"
fi
"""


def cluster_size(lab: RunningLab, member: str) -> int:
    """How many members a member sees that are well."""
    return int(lab.ssh(member, SIZE).split()[-1])


def leaders(lab: RunningLab, members: list[str]) -> list[str]:
    """The members of etcd that lead the cluster: one, but for seconds."""
    asked = "curl -s http://127.0.0.1:2381/metrics | grep -c '^etcd_server_is_leader 1' || true"
    return [name for name in members if lab.ssh(name, asked).strip() == "1"]
