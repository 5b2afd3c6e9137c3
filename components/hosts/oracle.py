"""Hosts in Oracle's cloud: instances that join the tailnet by themselves, and are reached by it only."""

import base64
from dataclasses import dataclass, replace
from pathlib import Path

import pulumi
import pulumi_tls as tls
from pulumi_oci import core

from components.hosts.cloud_init import FirstBoot, user_data
from components.hosts.host import Connection, Host
from components.hosts.operator import Operator
from components.remote import Step, StepArgs
from components.settings import Settings
from components.tailnet import Device, DeviceArgs, Tailnet

HERE = Path(__file__).parent


@dataclass(frozen=True)
class OracleHostArgs:
    """The settings, of which those of the host's own name matter most, and what all hosts share."""

    settings: Settings
    operator: Operator
    tailnet: Tailnet
    subnet_id: pulumi.Input[str]


class OracleHost(pulumi.ComponentResource):
    """An instance that has joined the tailnet, and nothing more.

    Settings that only a new instance can have (image, availability domain, user data) don't touch one that is there:
    members of a database are replaced one by one, on purpose. Take a host out of the settings, then put it in again.
    """

    host: Host

    def __init__(self, name: str, args: OracleHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("tailnet-k3s:hosts:OracleHost", name, None, opts)
        children = pulumi.ResourceOptions(parent=self)
        wanted, oracle = args.settings.hosts[name], args.settings.oracle
        key = tls.PrivateKey(name, algorithm="ED25519", opts=children)
        host_key = key.public_key_openssh.apply(str.strip)
        device = Device(name, DeviceArgs(args.tailnet, name), children)
        boot = pulumi.Output.all(
            name=name,
            user=args.operator.user,
            authorized_key=args.operator.public_key,
            host_private_key=key.private_key_openssh,
            host_public_key=host_key,
            tailnet_name=device.hostname,
            auth_key=device.auth_key,
        )
        instance = core.Instance(
            name,
            display_name=name,
            compartment_id=oracle.compartment,
            availability_domain=wanted.availability_domain or oracle.availability_domain,
            shape=wanted.shape,
            shape_config=core.InstanceShapeConfigArgs(ocpus=wanted.ocpus, memory_in_gbs=wanted.memory_gb)
            if wanted.flexible
            else None,
            source_details=core.InstanceSourceDetailsArgs(
                source_type="image",
                source_id=getattr(oracle.image, wanted.architecture),
                boot_volume_size_in_gbs=str(wanted.boot_volume_gb),
            ),
            create_vnic_details=core.InstanceCreateVnicDetailsArgs(subnet_id=args.subnet_id, assign_public_ip="true"),
            instance_options=core.InstanceInstanceOptionsArgs(are_legacy_imds_endpoints_disabled=True),
            metadata={"user_data": boot.apply(lambda known: _encoded(known, wanted.architecture, args.settings))},
            freeform_tags={"stack": pulumi.get_stack()},
            opts=pulumi.ResourceOptions(
                parent=self,
                ignore_changes=["metadata", "availability_domain", "sourceDetails.sourceId"],
                delete_before_replace=True,
            ),
        )
        joining = Host(
            name=name,
            roles=frozenset(wanted.roles),
            labels=dict(wanted.labels),
            taints=wanted.taints,
            architecture=wanted.architecture,
            connection=Connection(
                address=device.address(after=[instance]),
                user=args.operator.user,
                private_key=args.operator.private_key,
                host_key=host_key,
            ),
            machine=instance,
            ready=(instance,),
        )
        first_boot = Step(f"{name}-first-boot", StepArgs(joining, HERE / "await_first_boot.sh"), children)
        self.host = replace(joining, ready=(first_boot,))
        self.register_outputs({"address": self.host.address})


def _encoded(known: dict[str, str], architecture: str, settings: Settings) -> str:
    text = user_data(FirstBoot(**known), architecture, settings, scripts=(HERE / "open_firewall.sh",))
    return base64.b64encode(text.encode()).decode()
