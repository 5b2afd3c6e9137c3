"""What the program sends to providers is what they take, by the types in their published SDKs: no list is kept here."""

from pathlib import Path

import pytest

from lab.providers import published
from tests.conformity.checking import CLOUDS, is_own, mistakes, providers_of, wrong
from tests.conformity.program import ANSWERS
from tests.conformity.stacks import FILES, ran
from tests.engine import Resource, Run

pytestmark = pytest.mark.filterwarnings("ignore:cloudflare.index:DeprecationWarning")  # its SDK warns when it is loaded


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_input_is_one_that_the_published_provider_takes(file: Path) -> None:
    assert mistakes(ran(file)) == []


def test_every_cloud_is_asked_for_something() -> None:
    assert set(CLOUDS) <= set[str]().union(*(providers_of(ran(file)) for file in FILES))


def test_tests_answer_as_the_published_functions_do() -> None:
    for token in (asked for asked in ANSWERS if not is_own(asked)):
        known = published.output_names(token)
        for run in map(ran, FILES):
            for arguments in (asked for called, asked in run.calls if called == token):
                assert set(ANSWERS[token](dict(arguments))) <= known, token


def sent(token: str, **inputs: object) -> Run:
    """A run that asked for one resource."""
    nothing: frozenset[str] = frozenset()
    return Run([Resource(token, "it", inputs, nothing, nothing, "Stack test", None)])


GROUP = {"resourceGroupName": "x"}
DISK = {"createOption": "Attach", "lun": 0, "managedDisk": {"id": "x"}}


@pytest.mark.parametrize(
    ("run", "line"),
    [
        (sent("oci:Core/vcn:Vcn"), "missing: compartmentId is required"),
        (sent("oci:Core/vcn:Vcn", compartmentId="x", ipv6="y"), "unknown: ipv6 is none of"),
        (sent("oci:Core/vcn:Vcn", compartmentId="x", isIpv6enabled="yes"), "isIpv6enabled must be a boolean"),
        (sent("oci:Core/vnc:Vnc", compartmentId="x"), "oci:Core/vnc:Vnc: not in the published SDK"),
        (sent("azure-native:network:NetworkInterface", name="x", **GROUP), "unknown: name is none of"),
        (
            sent("azure-native:compute:VirtualMachine", storageProfile={"dataDisks": [DISK | {"lun": "0"}]}, **GROUP),
            "storageProfile.dataDisks[0].lun must be an integer, and is string",
        ),
        (
            sent("azure-native:compute:VirtualMachine", priority="Cheap", **GROUP),
            "priority must be one of Regular, Low, Spot",
        ),
        (
            sent("azure-native:compute:Disk", creationData={"createOption": "Blank"}, **GROUP),
            "creationData.createOption must be one of",
        ),
        (
            sent("cloudflare:index/dnsRecord:DnsRecord", name="x", ttl=1, type="AAAAA", zoneId="y"),
            "type must be one of A, AAAA",
        ),
        (sent("cloudflare:index/zoneSetting:ZoneSetting", settingId="ssl", zoneId="y"), "missing: value is required"),
        (
            sent("tailscale:index/tailnetKey:TailnetKey", tags="tag:cluster"),
            "tags must be a list, each item a string, and is string",
        ),
    ],
)
def test_a_mistake_is_found(run: Run, line: str) -> None:
    found = mistakes(run)
    assert len(found) == 1
    assert line in found[0]


def test_types_that_were_added_to_kubernetes_are_left_to_its_api() -> None:
    assert mistakes(sent("kubernetes:traefik.io/v1alpha1:Middleware", spec={})) == []
    assert mistakes(sent("kubernetes:core/v1:ConfigMap", dat={})) != []


def test_a_mistake_in_a_function_call_is_found() -> None:
    run = Run(calls=[("cloudflare:index/getZones:getZones", {"domain": "example.org"})])
    assert "unknown: domain is none of" in mistakes(run)[0]


def test_a_size_that_azure_has_had_since_its_enumeration_ended_is_none() -> None:
    token, sizes = "azure-native:compute:VirtualMachine", {"hardwareProfile": {"vmSize": "Standard_B2pls_v2"}}
    assert list(wrong(token, token, GROUP | sizes)) == []


def test_a_mistake_is_told_without_the_value() -> None:
    run = sent(
        "cloudflare:index/originCaCertificate:OriginCaCertificate", csr=["hunter2"], hostnames=[], requestType=""
    )
    assert mistakes(run)
    assert "hunter2" not in " ".join(mistakes(run))
