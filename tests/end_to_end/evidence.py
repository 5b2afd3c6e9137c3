"""What the hosts of a lab say of themselves when something failed: looked at before the lab is taken away."""

from lab.hosts import HostError, list_hosts, run_in_host
from lab.lab import Lab

LOOK = """
systemctl list-units --failed --plain --no-legend
for unit in mariadb 'garb*' etcd haproxy k3s k3s-agent; do
  journalctl -q --no-pager -o short-precise -n 25 -u "$unit" 2>/dev/null
done
command -v mariadb >/dev/null || exit 0
mariadb --connect-timeout=3 -Ne "SHOW GLOBAL STATUS WHERE Variable_name IN ('wsrep_local_state_comment', 'wsrep_ready',
  'wsrep_cluster_size', 'wsrep_cluster_status', 'wsrep_last_committed', 'wsrep_local_recv_queue',
  'wsrep_local_send_queue', 'wsrep_applier_thread_count', 'wsrep_flow_control_active',
  'wsrep_flow_control_requested', 'wsrep_flow_control_paused')"
# The beginning of a statement only: what follows may hold a secret.
mariadb --connect-timeout=3 -Ne "SELECT id, user, host, command, time, state, LEFT(info, 40)
  FROM information_schema.processlist WHERE command NOT IN ('Sleep', 'Daemon') OR time > 60"
"""


def evidence(lab: Lab) -> str:
    """The last words of every host's services, and how its member of the database is."""
    return "\n".join(f"---- {host.name}\n{_look(lab, host.name)}" for host in list_hosts(lab))


def _look(lab: Lab, host: str) -> str:
    try:
        return run_in_host(lab, host, ["bash", "-c", f"exec 2>&1\n{LOOK}"], seconds=30, check=False)
    except HostError as error:  # it is off, or too busy
        return str(error)
