"""Functions of the cloudflare stand-in: the account's zones, and the ranges that the edge's requests come from."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from lab.lab import EDGE_ADDRESS, EDGE_ADDRESS_6
from lab.providers import published
from lab.providers.cloudflare.cloud import Cloud, CloudflareError
from lab.providers.stand_in import Values

RANGES = {"ipv4Cidrs": [f"{EDGE_ADDRESS}/32"], "ipv6Cidrs": [f"{EDGE_ADDRESS_6}/128"]}
ADDED_ON = "2026-01-01T00:00:00.000000Z"
"""When the owner has added every domain."""
OWNER = {"id": "0" * 32, "name": "Owner of the lab"}
EMPTY: dict[str, Any] = {
    "activatedOn": ADDED_ON,
    "cnameSuffix": "",
    "createdOn": ADDED_ON,
    "developmentMode": 0,
    "modifiedOn": ADDED_ON,
    "nameServers": ["ns1.lab.test", "ns2.lab.test"],
    "originalDnshost": "",
    "originalNameServers": [],
    "originalRegistrar": "",
    "paused": False,
    "permissions": [],
    "status": "active",
    "type": "full",
    "vanityNameServers": [],
    "verificationKey": "",
}
GET_ZONE = "cloudflare:index/getZone:getZone"
GET_ZONES = "cloudflare:index/getZones:getZones"
GET_IP_RANGES = "cloudflare:index/getIpRanges:getIpRanges"


def lookups(cloud: Cloud) -> dict[str, Callable[[Values], Values]]:
    """Functions by token. The ranges are public; the rest needs the account's API token."""

    def get_zone(arguments: Values) -> Values:
        wanted = arguments.get("filter") or {}
        if ("zoneId" in arguments) == bool(wanted):
            raise CloudflareError("getZone takes either zoneId or filter")
        cloud.authorize()
        found = [
            zone for zone in zones(cloud) if zone["id"] == arguments.get("zoneId") or (wanted and fits(zone, wanted))
        ]
        if len(found) != 1:
            asked = wanted.get("name") or arguments.get("zoneId") or "the filter"
            raise CloudflareError(f"zone {asked}: {len(found)} found, of exactly one: is it added at Cloudflare?")
        return found[0] | {"zoneId": found[0]["id"], "filter": wanted or None}

    def get_zones(arguments: Values) -> Values:
        cloud.authorize()
        found = [zone for zone in zones(cloud) if fits(zone, arguments)]
        given = {name: arguments.get(name) for name in published.inputs_of(GET_ZONES)}
        return given | {"results": found}

    def get_ip_ranges(arguments: Values) -> Values:
        return {"etag": digest(RANGES), "jdcloudCidrs": [], "networks": arguments.get("networks"), **RANGES}

    return {GET_ZONE: get_zone, GET_ZONES: get_zones, GET_IP_RANGES: get_ip_ranges}


def zones(cloud: Cloud) -> list[Values]:
    """The account's zones as the API describes them, by name."""
    return [zone(name, zone_id) for name, zone_id in sorted(cloud.account.zones().items())]


def zone(name: str, zone_id: str) -> Values:
    """A zone. What the lab has nothing of is empty."""
    return EMPTY | {
        "id": zone_id,
        "name": name,
        "account": OWNER,
        "meta": {
            "cdnOnly": False,
            "customCertificateQuota": 0,
            "dnsOnly": False,
            "foundationDns": False,
            "pageRuleQuota": 3,
            "phishingDetected": False,
            "step": 0,
        },
        "owner": OWNER | {"type": "user"},
        "plan": {
            "canSubscribe": False,
            "currency": "USD",
            "externallyManaged": False,
            "frequency": "",
            "id": "free",
            "isSubscribed": False,
            "legacyDiscount": False,
            "legacyId": "free",
            "name": "Free Website",
            "price": 0,
        },
        "tenant": {"id": "", "name": ""},
        "tenantUnit": {"id": ""},
    }


def fits(zone: Values, wanted: Values) -> bool:
    """Whether a zone is one of those asked for: by name and status, the rest is the same for all."""
    return all(zone[name] == wanted[name] for name in ("name", "status") if wanted.get(name) is not None)


def digest(value: object) -> str:
    """A short text that changes when the value does."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
