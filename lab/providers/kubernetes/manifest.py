"""Turns a resource's inputs into the object to apply: its name, its namespace, and what its annotations say."""

import hashlib
import secrets
from typing import Any

from lab.providers.kubernetes.cluster import Manifest, Ref
from lab.providers.properties import UNKNOWN, has_unknown

AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds"
PATCH_FORCE = "pulumi.com/patchForce"
FIELD_MANAGER = "pulumi.com/patchFieldManager"
PROPAGATION = "pulumi.com/deletionPropagationPolicy"
WAIT_FOR = "pulumi.com/waitFor"

CLUSTER_SCOPED = frozenset(
    {
        "APIService",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ClusterTrustBundle",
        "ComponentStatus",
        "CSIDriver",
        "CSINode",
        "CustomResourceDefinition",
        "DeviceClass",
        "FlowSchema",
        "IngressClass",
        "IPAddress",
        "MutatingAdmissionPolicy",
        "MutatingAdmissionPolicyBinding",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PriorityClass",
        "PriorityLevelConfiguration",
        "ResourceSlice",
        "RuntimeClass",
        "SelfSubjectAccessReview",
        "SelfSubjectReview",
        "SelfSubjectRulesReview",
        "ServiceCIDR",
        "StorageClass",
        "StorageVersion",
        "StorageVersionMigration",
        "SubjectAccessReview",
        "TokenReview",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
        "VolumeAttributesClass",
    }
)
"""Kubernetes' own cluster-scoped kinds. A preview before the cluster exists needs this list."""


def is_builtin(api_version: str) -> bool:
    """Whether the kinds of this group are Kubernetes' own."""
    group = api_version.rpartition("/")[0]
    return "." not in group or group.endswith(".k8s.io")


def manifest_of(inputs: dict[str, Any]) -> Manifest:
    """The object in the inputs, without Pulumi's own properties and without values that are not given."""
    return {name: _given(value) for name, value in inputs.items() if not name.startswith("__") and value is not None}


def _given(value: Any) -> Any:  # any JSON value
    """Removes None from objects, at any depth: it means "not given". Keeps None in lists."""
    if isinstance(value, dict):
        return {name: _given(item) for name, item in value.items() if item is not None}
    return [_given(item) for item in value] if isinstance(value, list) else value


def ref_of(manifest: Manifest) -> Ref:
    """The reference to the object. Raises RuntimeError if it has no name yet."""
    metadata = manifest.get("metadata") or {}
    if not metadata.get("name") or has_unknown([metadata.get("name"), metadata.get("namespace")]):
        raise RuntimeError(f"{manifest.get('kind')}: its name or namespace is not known")
    return Ref(manifest["apiVersion"], manifest["kind"], metadata.get("namespace") or "", metadata["name"])


def annotation(manifest: Manifest, name: str) -> str:
    """The text of an annotation. Empty if it is missing or unknown."""
    annotations = (manifest.get("metadata") or {}).get("annotations")
    text = annotations.get(name) if isinstance(annotations, dict) else None
    return text if isinstance(text, str) else ""


def is_set(manifest: Manifest, name: str) -> bool:
    """Whether an annotation says "true"."""
    return annotation(manifest, name).lower() == "true"


def named(manifest: Manifest, before: Manifest | None, name: str, seed: bytes) -> Manifest:
    """The manifest with a name: its own, else the earlier generated one, else a new one from the resource's name and
    eight random characters."""
    metadata = manifest.get("metadata")
    if metadata == UNKNOWN:
        return manifest
    metadata = dict(metadata or {})
    if metadata.get("name") is None and not metadata.get("generateName"):
        old = (before or {}).get("metadata") or {}
        drawn = hashlib.sha256(seed).hexdigest()[:8] if seed else secrets.token_hex(4)
        keeps = before is not None and is_set(before, AUTONAMED) and isinstance(old.get("name"), str)
        metadata["name"] = old["name"] if keeps else f"{name}-{drawn}".lower()
        if metadata.get("annotations") != UNKNOWN:
            metadata["annotations"] = {**(metadata.get("annotations") or {}), AUTONAMED: "true"}
    return {**manifest, "metadata": metadata}


def placed(manifest: Manifest, namespace: str) -> Manifest:
    """The manifest with a namespace: its own, else the given one."""
    metadata = manifest.get("metadata")
    if metadata == UNKNOWN or (metadata or {}).get("namespace") is not None:
        return manifest
    return {**manifest, "metadata": {**(metadata or {}), "namespace": namespace}}
