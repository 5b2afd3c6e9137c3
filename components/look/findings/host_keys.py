"""The rule for SSH host keys of machines that a cloud made."""

from collections.abc import Iterator

from components.look.facts import Facts
from components.look.wanted import WantedHost
from components.settings.errors import Finding


def host_key_is_in_no_user_data(wanted: WantedHost, facts: Facts) -> Iterator[Finding]:
    """Old versions of this program put the key there that all connections pin. By that key the state knows which steps
    ran on the machine, so only a new machine gets another one."""
    if wanted.is_made and facts.host_key_in_user_data:
        yield Finding(
            wanted.key,
            "shows the SSH host key of its user data, because an old version of this program made the machine. Whoever"
            " reads its user data, in the cloud's console for one, could pass for the machine. Replace it when it suits"
            " you: see README.md, Who reaches what.",
            "warning",
        )
