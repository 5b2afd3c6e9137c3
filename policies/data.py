"""No change of a program deletes data that nothing else has: volumes of clouds, and of pods."""

from collections.abc import Iterator, Mapping
from typing import Any

from components.clouds import registry
from policies.known import as_map, known
from policies.rule import mandatory

ZONE = "cloudflare:index/zone:Zone"
"""All names of a domain. Cloudflare gives a new zone other name servers, which the registrar must learn."""
VOLUME_OF_PODS = "kubernetes:core/v1:PersistentVolume"
DELETES = ("Delete", "Recycle")


def holds_data(kind: str) -> str:
    """What is lost with a resource of this type. Empty: nothing that the program can't make again."""
    if kind == ZONE:
        return "all names of the domain"
    return "its data" if any(kind in cloud.volumes for cloud in registry.CLOUDS) else ""


def _unprotected(kind: str, _: Mapping[str, Any]) -> Iterator[str]:
    if lost := holds_data(kind):
        yield (
            f"has no `protect`, so the next change of its settings may delete {lost}. Set the option protect=True. To"
            " delete it all the same, run `pulumi state unprotect` first."
        )


def deleted_with_claim(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Volumes of Kubernetes that go with the claim that a pod uses. `kind` is the type token."""
    spec = as_map(known(props).get("spec")) if kind == VOLUME_OF_PODS else {}
    if (policy := spec.get("persistentVolumeReclaimPolicy")) in DELETES:
        yield (
            f"spec.persistentVolumeReclaimPolicy is {policy}: Kubernetes deletes the data together with the claim. Use"
            " Retain."
        )


volumes_are_protected = mandatory(
    "volumes-are-protected",
    "What holds data that nothing else has is protected.",
    _unprotected,
    concerns=lambda args: not args.opts.protect,
)
data_of_pods_is_kept = mandatory(
    "data-of-pods-is-kept", "A volume of the cluster outlives the claim that uses it.", deleted_with_claim
)
