"""The lab's name server: a few names of the lab's own, and the answer that there is no other."""

from collections.abc import Mapping

from dnslib import QTYPE, RCODE, RR, A, DNSRecord
from dnslib.server import BaseResolver, DNSHandler, DNSLogger, DNSServer

SECONDS_TO_LIVE = 60


class Names(BaseResolver):  # type: ignore[misc]
    """Answers A questions for these names. Other names don't exist: hosts learn so at once, instead of by waiting."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = {name.lower(): address for name, address in addresses.items()}

    def resolve(self, request: DNSRecord, handler: DNSHandler) -> DNSRecord:
        reply = request.reply()
        address = self._addresses.get(str(request.q.qname).rstrip(".").lower())
        if address is None:
            reply.header.rcode = RCODE.NXDOMAIN
        elif request.q.qtype in (QTYPE.A, QTYPE.ANY):
            reply.add_answer(RR(request.q.qname, QTYPE.A, ttl=SECONDS_TO_LIVE, rdata=A(address)))
        return reply


def name_servers(address: str, port: int, names: Mapping[str, str]) -> list[DNSServer]:
    """Servers for UDP and TCP, bound but not started. Only malformed questions are logged."""
    resolver, logger = Names(names), DNSLogger("error", prefix=False)
    return [DNSServer(resolver, address=address, port=port, logger=logger, tcp=tcp) for tcp in (False, True)]
