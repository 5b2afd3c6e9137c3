"""Names of sites lead through Cloudflare. Otherwise everybody learns the hosts' own addresses."""

from collections.abc import Iterator, Mapping
from typing import Any

from policies.known import known
from policies.rule import mandatory

RECORDS = ("cloudflare:index/dnsRecord:DnsRecord", "cloudflare:index/record:Record")
ADDRESSES = ("A", "AAAA")


def bare_names(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Records that show visitors a host's own address. `kind` is the type token.

    What a preview does not know yet counts as proxied. Pulumi asks the rule again during the update.
    """
    inputs = known(props)
    is_unknown = "proxied" in list(props) and "proxied" not in inputs  # `in props` alone would read the value
    if kind in RECORDS and inputs.get("type") in ADDRESSES and not is_unknown and inputs.get("proxied") is not True:
        yield (
            f"{inputs.get('name', 'the name')} is not proxied, so everybody learns the host's address, and browsers"
            " refuse the origin certificate. Set proxied."
        )


names_of_sites_are_proxied = mandatory(
    "names-of-sites-are-proxied", "Visitors reach hosts through Cloudflare only.", bare_names
)
