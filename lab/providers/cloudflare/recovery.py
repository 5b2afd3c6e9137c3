"""Removes resources of the lab's account that no Pulumi state has: a killed engine was creating them."""

from collections.abc import Collection

from lab.lab import Lab
from lab.providers.cloudflare.account import Account, account_folder
from lab.providers.cloudflare.cloud import Cloud
from lab.providers.cloudflare.dns_record import KIND as DNS_RECORD
from lab.providers.cloudflare.origin_certificate import KIND as ORIGIN_CERTIFICATE
from lab.providers.cloudflare.origin_pulls import CERTIFICATE_KIND

MADE = {DNS_RECORD: "DNS record", ORIGIN_CERTIFICATE: "origin certificate", CERTIFICATE_KIND: "client certificate"}
"""Kinds of resources that can be created. Settings always exist, and the next `up` sets them again."""


def remove_unknown(lab: Lab, known: Collection[str]) -> list[str]:
    """Delete every resource whose ID is not among the known ones. Returns descriptions of them for the user.

    If such a record stayed, the next `up` would fail: an identical record exists. Do not use this while an engine runs.
    """
    account = Account(account_folder(lab))
    if not account.folder.is_dir():
        return []
    cloud = Cloud(account, account.token())
    with cloud.changing() as records:
        unknown = [each for each in records if records[each]["_type"] in MADE and each not in known]
        return [described(records.pop(each)) for each in unknown]


def described(record: dict[str, object]) -> str:
    """A resource in a few words."""
    return " ".join([MADE[str(record["_type"])], *([str(record["_name"])] if "_name" in record else [])])
