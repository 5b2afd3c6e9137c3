"""Rules of the object store: where it is, and who may use what."""

from components.settings.errors import Finding, path
from components.settings.hosts import AzureHost, ExistingHost
from components.settings.rules.rule import Findings, Hosts
from components.settings.storage import Storage


def object_store_is_on_one_host(hosts: Hosts, storage: Storage) -> Findings:
    """Its data is on one host's volume."""
    theirs = [name for name, host in hosts.items() if "storage" in host.roles]
    if len(theirs) > 1:
        yield Finding("hosts", f"has the role storage on {' and '.join(theirs)}; the store is on one. Leave it to one.")
    if not theirs and (storage.buckets or storage.accounts):
        kind = "buckets" if storage.buckets else "accounts"
        yield Finding(f"storage.{kind}", "needs a host with the role storage, and there is none. Add the role to one.")


def object_store_fits_on_its_host(hosts: Hosts, storage: Storage) -> Findings:
    """What it claims can't be more than the disk that it is on."""
    for name, host in hosts.items():
        if "storage" not in host.roles or isinstance(host, ExistingHost):
            continue
        boot_gb = host.os_disk_gb if isinstance(host, AzureHost) else host.boot_volume_gb
        room_gb = host.volume_gb or boot_gb
        if storage.size_gb > room_gb:
            claim = f"{storage.size_gb} GB is more than {name} has, {room_gb} GB"
            yield Finding("storage.size_gb", f"{claim}. Lower it, or raise hosts.{name}.volume_gb.")


def account_uses_buckets_that_there_are(storage: Storage) -> Findings:
    """A misspelt bucket would be denied to the account at its first use."""
    for name, account in storage.accounts.items():
        for number, bucket in enumerate(account.buckets):
            if bucket not in storage.buckets:
                yield Finding(
                    path("storage", "accounts", name, "buckets", number),
                    f"{bucket} is not one of storage.buckets. Add it there, or change it.",
                )
