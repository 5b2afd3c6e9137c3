"""Removes what the lab's account has and no Pulumi state knows: what was being made when the engine was killed."""

from collections.abc import Collection

from lab.lab import Lab
from lab.providers.cloudflare.account import Account, account_folder
from lab.providers.cloudflare.cloud import Cloud
from lab.providers.cloudflare.dns_record import KIND as DNS_RECORD
from lab.providers.cloudflare.origin_certificate import KIND as ORIGIN_CERTIFICATE
from lab.providers.cloudflare.origin_pulls import CERTIFICATE_KIND

MADE = {DNS_RECORD: "DNS record", ORIGIN_CERTIFICATE: "origin certificate", CERTIFICATE_KIND: "client certificate"}
"""Kinds that one makes any number of. Settings are always there; the next `up` sets them again."""


def remove_unknown(lab: Lab, known: Collection[str]) -> list[str]:
    """End every resource whose id is not among the known ones; returns what was ended, for the reader.

    A record that stayed would be in the way of the next `up`, as its like. Not for use while an engine runs.
    """
    account = Account(account_folder(lab))
    if not account.folder.is_dir():
        return []
    cloud = Cloud(account, account.token())
    with cloud.changing() as records:
        strangers = [each for each in records if records[each]["_type"] in MADE and each not in known]
        return [described(records.pop(each)) for each in strangers]


def described(record: dict[str, object]) -> str:
    """A resource in a few words."""
    return " ".join([MADE[str(record["_type"])], *([str(record["_name"])] if "_name" in record else [])])
