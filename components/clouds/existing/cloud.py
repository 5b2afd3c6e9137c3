"""The registry's entry for machines that exist already."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from components.clouds.cloud import Cloud
from components.clouds.existing import rules
from components.clouds.existing.costs import costs
from components.clouds.existing.host_settings import ExistingHost
from components.clouds.existing.logins import Login

if TYPE_CHECKING:
    from components.hosts.args import HostsArgs
    from components.hosts.host import Host
    from components.look.state import Login as LookLogin


def create(args: "HostsArgs", shared: Mapping[str, Login], hosts: Mapping[str, ExistingHost]) -> dict[str, "Host"]:
    """Makes existing machines hosts of the stack."""
    from components.clouds.existing.host import create_hosts  # with SDKs, which take a second to load

    return create_hosts(args, shared, hosts)


def login(name: str, wanted: ExistingHost, logins: Mapping[str, Login]) -> "LookLogin":
    """Logs in with the owner's credentials."""
    from components.look.state import Login as LookLogin

    theirs = logins[name]
    password = theirs.sudo_password
    return LookLogin(
        wanted.address,
        wanted.port,
        wanted.user,
        theirs.private_key.get_secret_value(),
        wanted.host_key,
        password.get_secret_value() if password else None,
    )


EXISTING = Cloud(
    name="existing",
    host=ExistingHost,
    key="logins",
    shared=dict[str, Login],
    create=create,
    costs=costs,
    rules=rules.RULES,
    login=login,
)
