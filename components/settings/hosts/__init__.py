"""Settings of hosts: which machines there are, in which cloud, and what each of them is for. One file a cloud."""

from typing import Annotated

from pydantic import Field

from components.settings.hosts.azure import AzureHost
from components.settings.hosts.common import Architecture, Role
from components.settings.hosts.existing import ExistingHost
from components.settings.hosts.oracle import OracleHost

Host = OracleHost | AzureHost | ExistingHost
AnyHost = Annotated[Host, Field(discriminator="cloud")]
"""A host as it is read: its `cloud` says which kind."""

__all__ = ["AnyHost", "Architecture", "AzureHost", "ExistingHost", "Host", "OracleHost", "Role"]
