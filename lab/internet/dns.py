"""The lab's name server: answers for the lab's own names, and for the zones of its Cloudflare account."""

from collections.abc import Callable, Mapping

from dnslib import AAAA, QTYPE, RCODE, RD, RR, SOA, TXT, A, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSLogger, DNSServer

from lab.internet.zones import AccountZones, Answer, Zone

SECONDS_TO_LIVE = 60
NEGATIVE_SECONDS = 5
"""How long clients may cache that a name does not exist. In a lab it may exist a moment later."""
CONTENTS: Mapping[str, Callable[[str], RD]] = {"A": A, "AAAA": AAAA, "TXT": TXT}


class Names(BaseResolver):  # type: ignore[misc]
    """Answers for these names and zones. For all others it answers NXDOMAIN at once, so no host waits for a timeout."""

    def __init__(self, addresses: Mapping[str, str], zones: AccountZones | None = None) -> None:
        own = {name.lower(): address for name, address in addresses.items()}
        self._own = {name: (Answer("A", address, SECONDS_TO_LIVE),) for name, address in own.items()}
        self._zones = zones

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        reply = request.reply()
        name = str(request.q.qname).rstrip(".").lower()
        zone = self._zones.zone(name) if self._zones else None
        found = zone.answers(name) if zone else self._own.get(name)
        if found is None and not (zone and name == zone.domain):
            reply.header.rcode = RCODE.NXDOMAIN
        for answer in found or ():
            kind = QTYPE.reverse[answer.type]
            if request.q.qtype in (kind, QTYPE.ANY):
                reply.add_answer(RR(request.q.qname, kind, ttl=answer.ttl, rdata=CONTENTS[answer.type](answer.content)))
        if zone and not reply.rr:
            reply.add_auth(start_of_authority(zone))
        return reply


def start_of_authority(zone: Zone) -> RR:
    """The SOA record. It says how long clients may cache that a name does not exist."""
    times = (1, 10000, 2400, 604800, NEGATIVE_SECONDS)
    return RR(zone.domain, QTYPE.SOA, ttl=NEGATIVE_SECONDS, rdata=SOA("ns1.lab.test", "dns.lab.test", times))


def name_servers(
    address: str, port: int, names: Mapping[str, str], zones: AccountZones | None = None
) -> list[DNSServer]:
    """Servers for UDP and TCP, bound but not started. They log malformed queries only."""
    resolver, logger = Names(names, zones), DNSLogger("error", prefix=False)
    return [DNSServer(resolver, address=address, port=port, logger=logger, tcp=tcp) for tcp in (False, True)]
