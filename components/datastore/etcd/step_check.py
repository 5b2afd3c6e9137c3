"""What is wrong in a member's step, as the policy pack sees it: no certificates, votes that can split; and where it
listens.

It reads what the program itself writes: the variables of etcd's environment, and the list of members.
"""

import re
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

VARIABLE = re.compile(r"^(ETCD_[A-Z_]+)=(.*)$", re.MULTILINE)
LISTENERS = ("ETCD_LISTEN_CLIENT_URLS", "ETCD_LISTEN_PEER_URLS", "ETCD_LISTEN_METRICS_URLS")
REQUIRED = ("ETCD_CLIENT_CERT_AUTH", "ETCD_PEER_CLIENT_CERT_AUTH")
FEWEST_VOTES = 3


def listeners(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where a member listens: each variable with its URL. `values`: the step's values by name."""
    for found in _settings(values):
        yield from ((f"etcd ({name})", url) for name in LISTENERS if name in found for url in found[name].split(","))


def wrong_in_step(values: Mapping[str, str]) -> Iterator[str]:
    """Each reason why it could stop, with what to do. `values`: the step's values by name."""
    for _ in _settings(values):
        yield from _wrong_votes(len([one for one in values.get("MEMBERS", "").split(",") if one]))


def open_in_step(values: Mapping[str, str]) -> Iterator[str]:
    """Each reason why somebody else could get in, with what to do."""
    for found in _settings(values):
        for name in LISTENERS:
            for url in found.get(name, "").split(","):
                if not url.startswith("https://") and not _is_loopback(url):
                    yield f"etcd would listen at {url} without TLS. Use https in {name}."
        for name in REQUIRED:
            if found.get(name) != "true":
                yield f"etcd lets anyone in who reaches its port. Set {name}=true."


def _settings(values: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """The variables of a member's environment, in each text that has them."""
    for text in values.values():
        found = dict(VARIABLE.findall(text))
        if LISTENERS[0] in found:
            yield found


def _is_loopback(url: str) -> bool:
    try:
        return ip_address(urlsplit(url).hostname or "").is_loopback
    except ValueError:
        return False


def _wrong_votes(votes: int) -> Iterator[str]:
    if votes < FEWEST_VOTES or votes % 2 == 0:
        yield f"etcd has {votes} members, which is too few or an even number. Have three or five."
