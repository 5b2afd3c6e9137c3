"""Whether k3s encrypts Secrets in the datastore. A new cluster does. One that began without it goes on without it.

k3s makes the key when it starts on an empty datastore, and keeps it with the other files that all servers share, in the
datastore, encrypted with the servers' token. On a datastore that is in use, each server would make another key
(https://github.com/k3s-io/k3s/issues/7195). So the state remembers how the cluster began: each server's step has the
value ENCRYPTS since then.
"""

from collections.abc import Iterable

import pulumi

from components.hosts.host import Host
from components.settings.errors import Finding, SettingsError
from components.settings.k3s import K3s

OPTION = "secrets-encryption"


def encrypts_secrets(settings: K3s, servers: Iterable[Host], is_new: bool) -> bool:
    """The settings decide, if they name k3s' own option; else how the cluster began. `is_new`: it begins now.

    Raises SettingsError if the settings switch it off in a cluster with encrypted Secrets: nothing could read them.
    """
    began = any(host.seen.encrypts for host in servers)
    option = settings.server_options.get(OPTION)
    if began and option is False:
        key = f"k3s.server_options.{OPTION}"
        raise SettingsError(
            f"Pulumi.{pulumi.get_stack()}.yaml",
            [Finding(key, "is false, and this cluster has encrypted Secrets, which k3s could not read. Remove it.")],
        )
    return bool(option) if option is not None else began or is_new
