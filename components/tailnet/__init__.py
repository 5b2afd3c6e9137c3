"""The private network of all hosts: its policy, and each host's place in it."""

from components.tailnet.device import Device, DeviceArgs
from components.tailnet.tailnet import CLUSTER_TAG, OPERATOR_TAG, Tailnet

__all__ = ["CLUSTER_TAG", "OPERATOR_TAG", "Device", "DeviceArgs", "Tailnet"]
