"""`cloudflare.DnsRecord`: a name in one of the account's zones, proxied by the edge or DNS only."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any, TypeAlias

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.cloudflare.cloud import Cloud, Records, new_id, now, outputs_of, refused
from lab.providers.properties import has_unknown
from lab.providers.stand_in import ResourceType, Values

KIND = "dns_record"
AUTOMATIC = 1
"""The TTL that means: Cloudflare chooses. Proxied records can have no other."""
SHORTEST_TTL, LONGEST_TTL = 60, 86400
Address: TypeAlias = IPv4Address | IPv6Address
ADDRESS_TYPES: dict[str, type[IPv4Address] | type[IPv6Address]] = {"A": IPv4Address, "AAAA": IPv6Address}
ALIAS = "CNAME"
KNOWN_TYPES = (*ADDRESS_TYPES, ALIAS, "TXT")
"""Types that the lab's name server supports. Cloudflare supports more."""
WRONG_CONTENT = {"A": 9005, "AAAA": 9006}
"""Error codes of the API."""
BAD_REQUEST = "400 Bad Request"
# Does not use Python's is_private: it includes the ranges for documentation, which are public in the lab.
PRIVATE = (
    *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "0.0.0.0/8"),
    *("fc00::/7", "fe80::/10", "::/127"),
)


class DnsRecord(ResourceType):
    """A record. Only a change of its zone needs a new record."""

    published_as = "cloudflare:index/dnsRecord:DnsRecord"
    replaced_by = frozenset({"zoneId"})
    removable = frozenset({"comment", "priority"})
    unordered = frozenset({"tags"})
    volatile = frozenset({"modifiedOn", "commentModifiedOn", "tagsModifiedOn"})

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Checks only the type. The API checks the rest."""
        kind = inputs["type"]
        if not has_unknown(kind) and kind not in KNOWN_TYPES:
            yield CheckFailure("type", f"type {kind}: the lab's name server has only {', '.join(KNOWN_TYPES)}")

    def defaults(self, inputs: Values) -> Values:
        """Not proxied by default."""
        return {"proxied": False}

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Add the record. Refused if there is an identical one."""
        record_id, moment = new_id(), now()
        with self._cloud.changing() as records:
            record = self._checked(records, record_id, inputs) | {"createdOn": moment, "modifiedOn": moment}
            records[record_id] = record
        return record_id, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change the record. Refused if there is another identical one."""
        with self._cloud.changing() as records:
            if resource_id not in records:
                raise refused(f"DNS record {inputs['name']}", "404 Not Found", 81044, "record does not exist")
            created = records[resource_id]["createdOn"]
            record = self._checked(records, resource_id, inputs) | {"createdOn": created, "modifiedOn": now()}
            records[resource_id] = record
        return outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove the record."""
        self._cloud.remove(resource_id)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """The current record. An import needs its ID, or ZONE/RECORD."""
        return self._cloud.record(resource_id.rpartition("/")[2])

    def _checked(self, records: Records, record_id: str, inputs: Values) -> Values:
        what = f"DNS record {inputs['name']} {inputs['type']} {inputs.get('content', '')}".rstrip()
        name = full_name(str(inputs["name"]), self._cloud.zone_name(inputs["zoneId"], what), what)
        refuse_content(what, inputs)
        refuse_ttl(what, inputs)
        record = record_of(inputs) | {"_name": name}
        for other_id, other in records.items():
            if other_id != record_id and identity(other) == identity(record):
                raise refused(what, BAD_REQUEST, 81058, "an identical record already exists")
        refuse_beside_alias(what, record, [other for other_id, other in records.items() if other_id != record_id])
        return record


def record_of(inputs: Values) -> Values:
    """All outputs of a record without its times."""
    proxiable = inputs["type"] in (*ADDRESS_TYPES, ALIAS)
    return {
        "_type": KIND,
        "comment": None,
        "commentModifiedOn": None,
        "content": None,
        "data": None,
        "includeShadowMetadata": None,
        "meta": "{}",
        "priority": None,
        "privateRouting": None,
        "proxiable": proxiable,
        "settings": {},
        "tags": [],
        "tagsModifiedOn": None,
        **inputs,
    }


def identity(record: Values) -> tuple[Any, ...]:
    """The values that make a record unique. They can't equal those of a resource of another type."""
    return (record["_type"], record.get("_name"), record.get("type"), record.get("content"), record.get("zoneId"))


def refuse_beside_alias(what: str, record: Values, others: list[Values]) -> None:
    """Raise CloudflareError if one name would have a CNAME and any other address or CNAME record."""
    place = ("_type", "_name", "zoneId")
    kinds = {other["type"] for other in others if all(other.get(key) == record[key] for key in place)}
    if record["type"] in ADDRESS_TYPES and ALIAS in kinds:
        raise refused(what, BAD_REQUEST, 81054, "a CNAME record with that host already exists")
    if record["type"] == ALIAS and kinds & {ALIAS, *ADDRESS_TYPES}:
        raise refused(what, BAD_REQUEST, 81053, "an A, AAAA, or CNAME record with that host already exists")


def full_name(name: str, zone: str, what: str) -> str:
    """The record's full name. `@` is the zone itself. A single label is below the zone.

    Cloudflare appends the zone to every name that does not end with it. The lab refuses such names with several labels:
    whoami.example.org.example.com is certainly a mistake.
    """
    lower = name.lower().rstrip(".")
    if lower in ("@", zone):
        return zone
    if lower.endswith(f".{zone}"):
        return lower
    if not lower or "." in lower:
        raise refused(what, BAD_REQUEST, 9000, f"the name is outside of the zone {zone}, which would be put behind it")
    return f"{lower}.{zone}"


def refuse_content(what: str, inputs: Values) -> None:
    """Raise CloudflareError if the content does not match the record's type, or if the edge can't reach it."""
    kind, content = inputs["type"], inputs.get("content")
    if kind not in ADDRESS_TYPES:
        if inputs.get("proxied") and kind != ALIAS:
            raise refused(what, BAD_REQUEST, 9004, f"a record of type {kind} can't be proxied")
        return
    try:
        address: Address = ADDRESS_TYPES[kind](content)
    except ValueError:
        family = "IPv4" if kind == "A" else "IPv6"
        raise refused(
            what, BAD_REQUEST, WRONG_CONTENT[kind], f"content for {kind} record must be a valid {family} address"
        ) from None
    if inputs.get("proxied") and is_private(address):
        raise refused(what, BAD_REQUEST, 9003, f"target {content} is not allowed for a proxied record")


def is_private(address: Address) -> bool:
    """Whether the edge can't reach the address: it is valid within a host, a network, a cloud or a tailnet only."""
    return any(address in ip_network(cidr) for cidr in PRIVATE)


def refuse_ttl(what: str, inputs: Values) -> None:
    """Raise CloudflareError for a TTL that the API refuses."""
    ttl = inputs["ttl"]
    if inputs.get("proxied") and ttl != AUTOMATIC:
        raise refused(what, BAD_REQUEST, 9021, f"ttl is {ttl}: it must be 1 when the record is proxied")
    if ttl != AUTOMATIC and not SHORTEST_TTL <= ttl <= LONGEST_TTL:
        limits = f"{SHORTEST_TTL} to {LONGEST_TTL} seconds, or 1 for automatic"
        raise refused(what, BAD_REQUEST, 9021, f"invalid TTL {ttl}: it must be {limits}")
