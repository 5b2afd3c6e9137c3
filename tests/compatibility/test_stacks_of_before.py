"""A stack that commit 6886e0f brought up goes on with the program of today: nothing it has is replaced or deleted.

The engine knows a resource by its URN: types of its parents, its own type, and its name. A resource that has another
one now, without an alias, is created anew, and the old one is deleted. record.py wrote what the old program asks for.
"""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.compatibility.resources import identities, parents_of, recorded
from tests.compatibility.stacks import FILES, ran

NEW: dict[str, str] = {
    r"command:remote:Command .+-verbs": "puts the file with the verbs on a host, which had them in each step before",
    r"command:remote:Command .+-leave": "runs a script when it is deleted, and nothing before; steps had it themselves",
    r"command:remote:Command .+-tailscale": "brings a host's Tailscale to the pinned version; nothing if it is so",
    r"command:remote:Command .+-host-key": "brings the host key that is pinned; an older machine has it already",
    r"tls:index/privateKey:PrivateKey .+-first": "the host key in user data; a machine that is there keeps its own one",
    r"command:remote:Command oracle-.+-ipv6": "makes a host of Oracle's take its IPv6 address, and looks if it has",
    r"command:remote:Command k3s-renewal-.+": "gives each node a timer that restarts k3s before its certificates end",
    r"command:remote:Command k3s-pod-rules-.+": "keeps pods of a host away from the datastore and from SSH of hosts",
    r"command:remote:Command datastore-databases-.+": "leads pods of a host to their databases",
    r"tailnet-k3s:cluster:Beginning k3s": "has the servers' token, which was a part of the cluster's component before",
    r"tls:.+ datastore-(authority|voter-.+)": "certificates by which Galera's voters know each other",
    r"command:remote:Command datastore-transfer-.+": "encrypts copies between members once all have certificates",
    r"command:remote:Command datastore-tls-.+": "makes a voter refuse others without a certificate, by one restart",
    r"(tailnet-k3s:datastore:DatabaseService|kubernetes:.+:(Service|EndpointSlice)) databases": "the same, for names",
}
"""Resources that the old program did not have, by a pattern of type and name, and why a stack gets them."""

GONE: dict[str, str] = {}
"""Resources that the program of today lets go, by a part of their URN, and why that does no harm."""

CHANGED: dict[tuple[str, str], str] = {
    ("cloudflare:index/originCaCertificate:OriginCaCertificate", "hostnames"): (
        "the same names in the order of Cloudflare's API. A stack that was never refreshed gets a new certificate "
        "once, before the old one is revoked; a refreshed one would get one at each `up` with the old order"
    ),
    ("cloudflare:index/originCaCertificate:OriginCaCertificate", "requestedValidity"): (
        "the default is three years now, so that it lasts without an `up`; a new one once, before the old is revoked"
    ),
    ("tls:index/locallySignedCert:LocallySignedCert", "validityPeriodHours"): (
        "Cloudflare gets a client certificate for three years, once; hosts trust its authority, so they accept both"
    ),
    ("tailscale:index/acl:Acl", "acl"): "the owner's devices reach the cluster, and each other as in a new tailnet",
    (
        "tailscale:index/acl:Acl",
        "overwriteExistingContent",
    ): "read at a create only; the program looks first",
}
"""Inputs that may differ, by type and name of the input, and why that does no harm."""

stacks = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)


def before(file: Path) -> dict[str, Any]:
    """What the old program asked for: inputs by URN."""
    known: dict[str, Any] = json.loads(file.with_suffix(".json").read_text())
    return known


def type_of(urn: str) -> str:
    """Of the resource itself, without those of its parents."""
    return urn.rpartition("::")[0].rpartition("$")[2]


@stacks
def test_every_resource_is_found_in_the_old_state(file: Path) -> None:
    run = ran(file)
    parents = parents_of(run)
    found = {urn for one in run.resources for urn in identities(one, parents)}
    missing = [urn for urn in before(file) if urn not in found and not any(part in urn for part in GONE)]
    assert not missing, f"deleted, for they have another URN now or are not there; aliases are missing: {missing}"


@stacks
def test_no_resource_comes_unannounced(file: Path) -> None:
    run, known = ran(file), before(file)
    parents = parents_of(run)
    new = [f"{one.type} {one.name}" for one in run.resources if known.keys().isdisjoint(identities(one, parents))]
    unannounced = [one for one in new if not any(re.fullmatch(pattern, one) for pattern in NEW)]
    assert not unannounced, f"created in a stack that is there: {unannounced}"


@stacks
def test_no_input_changes_that_would_replace_a_machine_a_volume_or_a_key(file: Path) -> None:
    run, known = ran(file), before(file)
    parents, now = parents_of(run), recorded(run)
    for resource, inputs in zip(run.resources, now.values(), strict=True):
        old = next((known[urn] for urn in identities(resource, parents) if urn in known), None)
        if old is None or inputs is None:
            continue
        changed = {
            key: (old.get(key), inputs.get(key))
            for key in old.keys() | inputs.keys()
            if old.get(key) != inputs.get(key) and (resource.type, key) not in CHANGED
        }
        assert not changed, f"{resource.type} {resource.name}: before and now: {changed}"


def test_what_is_announced_is_true() -> None:
    """A list with a line too many would let a mistake pass."""
    gone = [urn for file in FILES for urn in before(file)]
    assert not [part for part in GONE if not any(part in urn for urn in gone)]
    created = [f"{one.type} {one.name}" for file in FILES for one in ran(file).resources]
    assert not [pattern for pattern in NEW if not any(re.fullmatch(pattern, one) for one in created)]
    types = {type_of(urn) for urn in gone}
    assert {kind for kind, _ in CHANGED} <= types
