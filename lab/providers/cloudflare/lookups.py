"""Functions of the cloudflare stand-in: they look up zones and their content, and the address ranges of the edge."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from lab.lab import EDGE_ADDRESS, EDGE_ADDRESS_6
from lab.providers import published
from lab.providers.cloudflare.cloud import Cloud, CloudflareError, outputs_of
from lab.providers.cloudflare.dns_record import KIND as DNS_RECORD
from lab.providers.cloudflare.zone_setting import DEFAULTS, new_setting
from lab.providers.cloudflare.zone_setting import record_id as setting_id
from lab.providers.stand_in import Values

RANGES = {"ipv4Cidrs": [f"{EDGE_ADDRESS}/32"], "ipv6Cidrs": [f"{EDGE_ADDRESS_6}/128"]}
ADDED_ON = "2026-01-01T00:00:00.000000Z"
"""When the owner has added the domains: the same for all."""
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
GET_ZONE_SETTING = "cloudflare:index/getZoneSetting:getZoneSetting"
GET_DNS_RECORDS = "cloudflare:index/getDnsRecords:getDnsRecords"
GET_IP_RANGES = "cloudflare:index/getIpRanges:getIpRanges"


def lookups(cloud: Cloud) -> dict[str, Callable[[Values], Values]]:
    """Functions by token. The ranges are public. All other functions need the account's API token."""

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

    def get_zone_setting(arguments: Values) -> Values:
        cloud.authorize()
        name, zone_id = arguments["settingId"], arguments["zoneId"]
        cloud.zone_name(zone_id, f"zone setting {name}")
        if name not in DEFAULTS:
            raise CloudflareError(f"settingId {name}: the lab's edge has only {', '.join(DEFAULTS)}")
        kept = cloud.record(setting_id(zone_id, name)) or new_setting(zone_id, name, DEFAULTS[name], ADDED_ON)
        return kept | {"id": name}

    def get_dns_records(arguments: Values) -> Values:
        cloud.authorize()
        cloud.zone_name(arguments["zoneId"], "DNS records")
        given = {name: arguments.get(name) for name in published.inputs_of(GET_DNS_RECORDS)}
        others = [name for name, value in given.items() if value is not None and name not in ("zoneId", "name")]
        wanted = dict(given["name"] or {})
        if others or set(wanted) != {"exact"}:
            raise CloudflareError("getDnsRecords: the lab has only zoneId with name.exact")
        found = [
            {name: value for name, value in record.items() if name not in ("zoneId", "includeShadowMetadata")}
            | {"id": record_id, "name": kept["_name"]}
            for record_id, kept in cloud.records().items()
            if kept["_type"] == DNS_RECORD and kept["zoneId"] == given["zoneId"]
            for record in [outputs_of(kept)]
            if kept["_name"] == str(wanted["exact"]).lower()
        ]
        return given | {"results": found}

    return {
        GET_ZONE: get_zone,
        GET_ZONES: get_zones,
        GET_ZONE_SETTING: get_zone_setting,
        GET_DNS_RECORDS: get_dns_records,
        GET_IP_RANGES: get_ip_ranges,
    }


def zones(cloud: Cloud) -> list[Values]:
    """The account's zones in the API's format, by name."""
    return [zone(name, zone_id) for name, zone_id in sorted(cloud.account.zones().items())]


def zone(name: str, zone_id: str) -> Values:
    """A zone. Fields that the lab does not support are empty."""
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
    """Whether a zone matches the filter, by name and status. All other fields are the same for all zones."""
    return all(zone[name] == wanted[name] for name in ("name", "status") if wanted.get(name) is not None)


def digest(value: object) -> str:
    """A short text that changes when the value does."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]
