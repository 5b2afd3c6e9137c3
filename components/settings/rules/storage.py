"""Rules for the object store."""

from components.settings.errors import Finding, path
from components.settings.rules.rule import Findings, Hosts
from components.settings.storage import Storage


def object_store_is_on_one_host(hosts: Hosts, storage: Storage) -> Findings:
    """The store's data is on one host's volume."""
    theirs = [name for name, host in hosts.items() if "storage" in host.roles]
    if len(theirs) > 1:
        yield Finding(
            "hosts", f"has the role storage on {' and '.join(theirs)}, but the store runs on one host. Keep it on one."
        )
    if not theirs and (storage.buckets or storage.accounts):
        kind = "buckets" if storage.buckets else "accounts"
        yield Finding(f"storage.{kind}", "needs a host with the role storage, but none has it. Add the role to one.")


def object_store_fits_on_its_host(hosts: Hosts, storage: Storage) -> Findings:
    """The store's size must fit on the disk."""
    for name, host in hosts.items():
        room_gb = host.data_disk_gb
        if "storage" in host.roles and room_gb is not None and storage.size_gb > room_gb:
            claim = f"{storage.size_gb} GB is more than {name} has, {room_gb} GB"
            yield Finding("storage.size_gb", f"{claim}. Lower it, or raise hosts.{name}.volume_gb.")


def account_uses_buckets_that_there_are(storage: Storage) -> Findings:
    """With a misspelt bucket, the account would fail at its first request."""
    for name, account in storage.accounts.items():
        for number, bucket in enumerate(account.buckets):
            if bucket not in storage.buckets:
                yield Finding(
                    path("storage", "accounts", name, "buckets", number),
                    f"{bucket} is not one of storage.buckets. Add it there, or change it.",
                )
