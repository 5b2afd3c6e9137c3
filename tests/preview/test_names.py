"""Resources by the names that a user of the system would give them."""

import pytest

from preview.names import Urn, label, owner, words

HOSTS = ("oracle-1", "oracle-10", "home")
PREFIX = "urn:pulumi:lab::tailnet-k3s::"
GALERA = Urn.parse(f"{PREFIX}tailnet-k3s:datastore:Galera::datastore")
HOST = Urn.parse(f"{PREFIX}tailnet-k3s:hosts:OracleHost::oracle-1")
DEVICE = Urn.parse(f"{PREFIX}tailnet-k3s:tailnet:Device::oracle-1")
APP = Urn.parse(f"{PREFIX}tailnet-k3s:apps:App::journal")
ROUTE = Urn.parse(f"{PREFIX}tailnet-k3s:ingress:Route::journal")
RECORD = "cloudflare:index/dnsRecord:DnsRecord"
STEP = "command:remote:Command"


@pytest.mark.parametrize(
    ("types", "name", "parent", "subject", "what"),
    [
        (f"tailnet-k3s:datastore:Galera${STEP}", "datastore-member-oracle-1", GALERA, "oracle-1", "galera member"),
        (f"tailnet-k3s:hosts:OracleHost${STEP}", "oracle-1-first-boot", HOST, "oracle-1", "first boot"),
        ("tailnet-k3s:hosts:OracleHost$oci:Core/instance:Instance", "oracle-1", HOST, "oracle-1", "instance"),
        ("tailnet-k3s:hosts:OracleHost$tls:index/privateKey:PrivateKey", "oracle-10", None, "oracle-10", "private key"),
        (f"tailnet-k3s:datastore:Galera${STEP}", "datastore-databases", GALERA, "galera", "galera databases"),
        ("tailnet-k3s:tailnet:Tailnet$tailscale:index/acl:Acl", "tailnet", None, "tailnet", "acl"),
        ("tailnet-k3s:tailnet:Device$command:local:Command", "oracle-1", DEVICE, "oracle-1", "device"),
        ("oci:Core/vcn:Vcn", "network", None, "network", "vcn"),
        (f"{APP.type}$kubernetes:apps/v1:Deployment", "journal", APP, "journal", "deployment"),
        (f"{ROUTE.type}${RECORD}", "journal.example.org-oracle-10-aaaa", ROUTE, "journal", "dns record oracle-10 aaaa"),
    ],
)
def test_label(types: str, name: str, parent: Urn | None, subject: str, what: str) -> None:
    named = label(Urn.parse(f"{PREFIX}{types}::{name}"), HOSTS, parent)
    assert (named.subject, named.what) == (subject, what)


def test_what_takes_no_time_is_minor_and_a_step_is_not() -> None:
    key = label(Urn.parse(f"{PREFIX}tls:index/privateKey:PrivateKey::oracle-1"), HOSTS)
    step = label(Urn.parse(f"{PREFIX}{STEP}::oracle-1-first-boot"), HOSTS)
    assert (key.minor, step.minor) == (True, False)


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("oracle-10-first-boot", "oracle-10"),
        ("datastore-member-oracle-1", "oracle-1"),
        ("oracle-100", None),
        ("homer", None),
        ("at-home", "home"),
    ],
)
def test_the_host_is_found_at_either_end_of_a_name_as_a_whole(name: str, host: str | None) -> None:
    assert owner(name, HOSTS) == host


def test_a_name_may_hold_colons() -> None:
    assert Urn.parse(f"{PREFIX}kubernetes:core/v1:Secret::default::token").name == "default::token"


def test_words_of_types_and_names() -> None:
    assert [words(name) for name in ("PrivateKey", "first-boot", "K3s")] == ["private key", "first boot", "k3s"]
