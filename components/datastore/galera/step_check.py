"""What is wrong in the values of a step, as the policy pack sees it: votes that can split, two writers, no TLS; and
where it listens.

It reads the files that the program itself writes, whole: settings of members and of garbd, HAProxy's sections.
"""

import re
from collections.abc import Iterator, Mapping

GROUP = re.compile(r"^wsrep_cluster_address\s*=\s*gcomm://(?P<all>\S+)$", re.MULTILINE)
"""Every member, and the arbitrator."""
MEMBERS_OF_ARBITRATOR = re.compile(r'^GALERA_NODES="(?P<all>[^"]+)"$', re.MULTILINE)
TO_WRITER = re.compile(r"^listen (writer|databases)\n", re.MULTILINE)
SERVER = re.compile(r"^\s+server (?P<name>\S+) (?P<rest>.*)$", re.MULTILINE)
FEWEST_VOTES = 3
VOTER = re.compile(r"^(wsrep_provider\s*=|GALERA_GROUP=)", re.MULTILINE)
"""Only settings of a member, and of garbd, have this."""
OPTIONS = re.compile(r"^(?:wsrep_provider_options\s*=\s*|GALERA_OPTIONS=)([\"']?)(?P<all>.*)\1$", re.MULTILINE)
CERTIFICATES = ("socket.ssl_ca", "socket.ssl_cert", "socket.ssl_key")
LISTENER = re.compile(
    r"(?:(?<=^)|(?<=[;\"= ]))(?P<name>bind_address|bind|wsrep_sst_receive_address|gmcast\.listen_addr|ist\.recv_addr)"
    r"\s*=\s*(?P<end>[^;\"\s]+)",
    re.MULTILINE,
)
"""Addresses in the settings of MariaDB, of Galera in them, and of garbd."""
YES, NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


def listeners(values: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Where a member or the arbitrator listens: the setting, and its address. `values`: the step's values by name."""
    for text in values.values():
        if VOTER.search(text):
            yield from ((f"Galera ({found['name']})", found["end"]) for found in LISTENER.finditer(text))


def wrong_in_step(values: Mapping[str, str]) -> Iterator[str]:
    """Each reason why it could stop or disagree, with what to do. `values`: the step's values by name."""
    for text in values.values():
        if found := GROUP.search(text):
            yield from _wrong_votes(len(found["all"].split(",")))
        if found := MEMBERS_OF_ARBITRATOR.search(text):
            yield from _wrong_votes(len(found["all"].split()) + 1)
        if TO_WRITER.match(text):
            yield from _wrong_writers(text)


def open_in_step(values: Mapping[str, str]) -> Iterator[str]:
    """Each reason why somebody else could get in, with what to do."""
    for text in values.values():
        if VOTER.search(text):
            yield from _without_tls(_options(text))


def _options(text: str) -> dict[str, str]:
    """Galera's provider options by name. Of several values the last one counts."""
    pairs = (one.partition("=") for found in OPTIONS.finditer(text) for one in found["all"].split(";"))
    return {name.strip(): value.strip() for name, _, value in pairs}


def _without_tls(options: Mapping[str, str]) -> Iterator[str]:
    if options.get("socket.ssl", "no").lower() not in YES:
        yield "Galera would talk to its members in plain text, and let anyone in. Set socket.ssl=yes."
    for name in CERTIFICATES:
        if not options.get(name):
            yield f"Galera would not know its members by certificates. Set {name}."
    if options.get("socket.dynamic", "no").lower() not in NO:
        yield "Galera would also let in members without a certificate. Remove socket.dynamic."


def _wrong_votes(votes: int) -> Iterator[str]:
    if votes < FEWEST_VOTES:
        yield f"Galera has {votes} votes, so it stops when one is lost. Have three or more members, or an arbitrator."
    elif votes % 2 == 0:
        yield (
            f"Galera has {votes} votes, which can split evenly: then no half takes writes. Add or remove an arbitrator"
            " or a member."
        )


def _wrong_writers(section: str) -> Iterator[str]:
    writers = [found["name"] for found in SERVER.finditer(section) if "backup" not in found["rest"].split()]
    if len(writers) > 1:
        yield (
            f"HAProxy sends writes to {' and '.join(writers)} at the same time, and they would conflict. Make all but"
            " one of them a `backup`."
        )
