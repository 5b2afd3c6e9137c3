"""MinIO: one server on the storage host, its data in a folder there, told what to hold by its own client."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_random as random

from components.remote import Step, StepArgs
from components.settings.storage import Account, Bucket
from components.storage.engine import Credentials, EngineArgs
from components.storage.minio.lifecycle import RULE, lifecycle
from components.storage.minio.server import (
    CONSOLE_PORT,
    LABELS,
    NAME,
    PORT,
    USER,
    Given,
    credentials_data,
    deployment,
)
from components.storage.policy import policy

HERE = Path(__file__).parent
IMAGE = "docker.io/minio/minio:RELEASE.2025-09-07T16-13-09Z"
"""The last release that its publisher made an image of; it has the client inside."""
ADMINISTRATOR = "administrator"
ROLLOUT_SECONDS = 1800
"""For the image to come over a slow line."""


class Minio(pulumi.ComponentResource):
    """The server. An `Engine`."""

    service: pulumi.Output[str]
    port = PORT
    console_port: int | None
    administrator: Credentials
    ready: tuple[pulumi.Resource, ...]

    def __init__(self, name: str, args: EngineArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:storage:Minio", name, None, opts)
        self._name, self._args = name, args
        self.console_port = CONSOLE_PORT if args.console_url else None
        password = random.RandomPassword(
            f"{name}-administrator", length=40, special=False, opts=pulumi.ResourceOptions(parent=self)
        )
        self.administrator = Credentials(ADMINISTRATOR, password.result)

        folder = self._prepare_folder()
        self._store = pulumi.Output.unsecret(folder.stdout)
        claim = self._claim_volume(folder)
        self._deployment = self._deploy(self._hide_credentials(), claim)
        service = self._expose()
        self.service = service.metadata.name
        self.ready = (self._deployment, service)
        self.register_outputs({"service": self.service})

    def add_bucket(self, name: str, bucket: Bucket) -> pulumi.Resource:
        """See Engine."""
        return self._step(
            f"bucket-{name}",
            StepArgs(
                self._args.cluster.first,
                HERE / "bucket.sh",
                {
                    **self._whereabouts(),
                    "BUCKET": name,
                    "VERSIONING": "yes" if bucket.versioning else "no",
                    "LIFECYCLE": lifecycle(bucket.expiry_days),
                    "RULE": RULE,
                },
            ),
            pulumi.ResourceOptions(retain_on_delete=True),  # so that a plan says it: what is in it stays
        )

    def other_buckets(self, after: list[pulumi.Resource]) -> pulumi.Output[list[str]]:
        """See Engine."""
        values = {**self._whereabouts(), "WANTED": "\n".join(sorted(self._args.settings.buckets))}
        step = self._step(
            "buckets",
            StepArgs(self._args.cluster.first, HERE / "buckets.sh", values),
            pulumi.ResourceOptions(depends_on=after),
        )
        return pulumi.Output.unsecret(step.stdout).apply(str.split)

    def add_account(
        self, name: str, account: Account, credentials: Credentials, buckets: list[pulumi.Resource]
    ) -> pulumi.Resource:
        """See Engine."""
        return self._step(
            f"account-{name}",
            StepArgs(
                self._args.cluster.first,
                HERE / "account.sh",
                {**self._whereabouts(), "ACCOUNT": credentials.access_key, "POLICY": policy(account)},
                {"SECRET_KEY": credentials.secret_key},
                delete=HERE / "account_leave.sh",
            ),
            # A store that goes needs no account taken away.
            pulumi.ResourceOptions(depends_on=buckets, deleted_with=self._deployment),
        )

    def _prepare_folder(self) -> Step:
        host = self._args.host
        return Step(
            f"{self._name}-folder-{host.name}",
            StepArgs(
                host,
                HERE / "folder.sh",
                {"FOLDER": self._folder, "OWNER": str(USER), "SIZE_GB": str(self._args.settings.size_gb)},
            ),
            pulumi.ResourceOptions(parent=self),
        )

    @property
    def _folder(self) -> str:
        return f"{self._args.host.storage_path}/minio"

    def _claim_volume(self, folder: Step) -> kubernetes.core.v1.PersistentVolumeClaim:
        """The folder as a volume that can be nowhere else. Another host has another one, and this one's data stays."""
        name = f"{self._args.namespace}-{self._args.host.name}"
        here = {"key": "kubernetes.io/hostname", "operator": "In", "values": [self._args.host.name]}
        volume = kubernetes.core.v1.PersistentVolume(
            f"{self._name}-volume-{self._args.host.name}",
            metadata={"name": name},
            spec={
                "capacity": {"storage": f"{self._args.settings.size_gb}Gi"},
                "access_modes": ["ReadWriteOnce"],
                "persistent_volume_reclaim_policy": "Retain",
                "storage_class_name": "",
                "local": {"path": f"{self._folder}/data"},
                "node_affinity": {"required": {"node_selector_terms": [{"match_expressions": [here]}]}},
                "claim_ref": {"namespace": self._args.namespace, "name": name},
            },
            opts=self._inside([folder, *self._args.cluster.ready]),
        )
        return kubernetes.core.v1.PersistentVolumeClaim(
            f"{self._name}-volume-{self._args.host.name}",
            metadata={"name": name, "namespace": self._args.namespace},
            spec={
                "access_modes": ["ReadWriteOnce"],
                "storage_class_name": "",
                "volume_name": name,
                # A claim can't grow: it asks for little, and gets all that the volume has.
                "resources": {"requests": {"storage": "1Gi"}},
            },
            opts=self._inside([volume]),
        )

    def _hide_credentials(self) -> kubernetes.core.v1.Secret:
        return kubernetes.core.v1.Secret(
            f"{self._name}-administrator",
            metadata={"name": f"{NAME}-administrator", "namespace": self._args.namespace},
            string_data=credentials_data(self.administrator),
            opts=self._inside(self._args.cluster.ready),
        )

    def _deploy(
        self, secret: kubernetes.core.v1.Secret, claim: kubernetes.core.v1.PersistentVolumeClaim
    ) -> kubernetes.apps.v1.Deployment:
        given = Given(
            self._args.settings.image or IMAGE, secret.metadata.name, self._fingerprint(), claim.metadata.name
        )
        limit = f"{ROLLOUT_SECONDS}s"
        return kubernetes.apps.v1.Deployment(
            f"{self._name}-deployment",
            metadata={"name": NAME, "namespace": self._args.namespace, "labels": LABELS},
            spec={"progress_deadline_seconds": ROLLOUT_SECONDS, **deployment(self._args, given)},
            opts=pulumi.ResourceOptions.merge(
                self._inside([claim, secret]),
                pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=limit, update=limit)),
            ),
        )

    def _expose(self) -> kubernetes.core.v1.Service:
        ports = [{"name": "s3", "port": PORT, "target_port": "s3"}]
        if self.console_port:
            ports.append({"name": "console", "port": self.console_port, "target_port": "console"})
        return kubernetes.core.v1.Service(
            f"{self._name}-service",
            metadata={"name": NAME, "namespace": self._args.namespace},
            spec={"selector": LABELS, "ports": ports},
            opts=self._inside([self._deployment]),
        )

    def _fingerprint(self) -> pulumi.Output[str]:
        """Of the administrator's key: too short a part of its hash to tell anything of 40 letters."""
        key = self.administrator.secret_key
        return pulumi.Output.unsecret(key.apply(lambda text: hashlib.sha256(text.encode()).hexdigest()[:12]))

    def _whereabouts(self) -> dict[str, pulumi.Input[str]]:
        """What each script of the client's is told."""
        return {"NAMESPACE": self._args.namespace, "DEPLOYMENT": NAME, "STORE": self._store}

    def _step(self, name: str, args: StepArgs, opts: pulumi.ResourceOptions) -> Step:
        after = pulumi.ResourceOptions(parent=self, depends_on=[self._deployment])
        return Step(f"{self._name}-{name}", args, pulumi.ResourceOptions.merge(after, opts))

    def _inside(self, after: Sequence[pulumi.Resource]) -> pulumi.ResourceOptions:
        """Options of an object in the cluster."""
        return self._args.cluster.inside(self, after)
