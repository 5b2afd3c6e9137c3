"""The object store with any engine: buckets, accounts, host names, keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random

from components.cluster.k3s import K3s
from components.hosts.host import Host
from components.settings.storage import Account
from components.settings.storage import Storage as Settings
from components.storage.engine import REGION, Credentials, Engine, EngineArgs
from components.storage.minio.minio import Minio

if TYPE_CHECKING:
    from components.ingress.route import Entry

NAMESPACE = "storage"
DOMAIN = f"{NAMESPACE}.svc.cluster.local"
ENGINES = {"minio": Minio}
"""Engines by their names in settings/storage.py."""


@dataclass(frozen=True)
class StorageArgs:
    """Arguments of the store."""

    settings: Settings
    host: Host
    cluster: K3s
    entry: "Entry | None"
    """The entry for its host names. None: the store is available within the cluster only."""
    namespaces: Mapping[str, pulumi.Resource] = field(default_factory=dict)
    """Namespaces that the program creates, by name. An account's Secret depends on its namespace."""


class Storage(pulumi.ComponentResource):
    """The object store. The Secret `s3-ACCOUNT` has an account's keys, as variables that S3 clients read."""

    endpoint: pulumi.Output[str]
    """URL of S3 within the cluster."""
    url: str | None
    """Public URL of S3, if it has one."""
    console_url: str | None
    """Public URL of the console, if it has one."""
    credentials: pulumi.Output[dict[str, dict[str, str]]]
    """`access_key` and `secret_key` by account, including the administrator; a secret."""

    def __init__(self, name: str, args: StorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:storage:Storage", name, None, opts)
        self._name, self._args = name, args
        self.url = self._public_url(args.settings.host_name)
        self.console_url = self._public_url(args.settings.console_host_name)

        engine = self._start_engine()
        self.endpoint = pulumi.Output.format("http://{}.{}:{}", engine.service, DOMAIN, engine.port)
        buckets = {bucket: engine.add_bucket(bucket, wanted) for bucket, wanted in args.settings.buckets.items()}
        engine.other_buckets(list(buckets.values())).apply(self._say_what_stays)
        accounts = {
            account: self._add_account(account, wanted, engine, [buckets[bucket] for bucket in wanted.buckets])
            for account, wanted in args.settings.accounts.items()
        }
        self._publish("s3", args.settings.host_name, engine, engine.port)
        self._publish("console", args.settings.console_host_name, engine, engine.console_port)

        self.credentials = _readable({"administrator": engine.administrator, **accounts})
        self.register_outputs(
            {
                "endpoint": self.endpoint,
                "url": self.url,
                "console_url": self.console_url,
                "credentials": self.credentials,
            }
        )

    def _start_engine(self) -> Engine:
        namespace = kubernetes.core.v1.Namespace(
            f"{self._name}-namespace",
            metadata={"name": NAMESPACE, "labels": {"pod-security.kubernetes.io/enforce": "restricted"}},
            opts=self._inside(self._args.cluster.ready),
        )
        args = EngineArgs(self._args.settings, self._args.host, self._args.cluster, NAMESPACE, self.console_url)
        engine = ENGINES[self._args.settings.engine]
        return engine(f"{self._name}-server", args, pulumi.ResourceOptions(parent=self, depends_on=[namespace]))

    def _say_what_stays(self, buckets: Sequence[str]) -> None:
        if buckets:
            names = ", ".join(buckets)
            pulumi.log.warn(
                f"the object store keeps buckets that the settings don't name, with their data: {names}", self
            )

    def _add_account(self, name: str, account: Account, engine: Engine, buckets: list[pulumi.Resource]) -> Credentials:
        secret_key = random.RandomPassword(
            f"{self._name}-account-{name}", length=40, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        credentials = Credentials(f"account-{name}", secret_key.result)
        added = engine.add_account(name, account, credentials, buckets)
        namespace = self._args.namespaces.get(account.namespace)
        kubernetes.core.v1.Secret(
            f"{self._name}-account-{name}",
            metadata={"name": f"s3-{name}", "namespace": account.namespace},
            string_data={
                "AWS_ACCESS_KEY_ID": credentials.access_key,
                "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
                "AWS_ENDPOINT_URL_S3": self.endpoint,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_REGION": REGION,
            },
            opts=self._inside([added, namespace] if namespace else [added]),
        )
        return credentials

    def _publish(self, name: str, label: str | None, engine: Engine, port: int | None) -> None:
        """A route to one of the engine's ports, if the settings have a host name for it."""
        entry = self._args.entry
        if entry is None or label is None or port is None:
            return
        from components.ingress.route import Route, RouteArgs

        args = RouteArgs(f"{label}.{entry.domain}", NAMESPACE, engine.service, port, entry)
        Route(f"{self._name}-{name}", args, pulumi.ResourceOptions(parent=self, depends_on=list(engine.ready)))

    def _public_url(self, label: str | None) -> str | None:
        return f"https://{label}.{self._args.entry.domain}" if self._args.entry and label else None

    def _inside(self, after: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        """Options of an object in the cluster."""
        return self._args.cluster.inside(self, after)


def _readable(accounts: Mapping[str, Credentials]) -> pulumi.Output[dict[str, dict[str, str]]]:
    keys = {name: {"access_key": one.access_key, "secret_key": one.secret_key} for name, one in accounts.items()}
    return pulumi.Output.secret(pulumi.Output.all(**keys))
