"""The policy pack's rule on listeners: what it calls the cluster's own, and what it says."""

import pytest

from components.cluster.registration import registration_section
from components.datastore.galera.sections import databases_section, writer_section
from components.ingress.ipv6 import section as visitors_section
from policies.listeners import services_listen_in_the_overlay_only
from tests.policies.asked import ask
from tests.policies.mutations import COMMAND, ETCD, GALERA, members, node, step

SERVERS = {"oracle-1": "100.64.0.1", "oracle-2": "100.64.0.2"}


def said(inputs: dict[str, object]) -> list[str]:
    """What the rule reports of a step."""
    return ask(services_listen_in_the_overlay_only, COMMAND, **inputs)


@pytest.mark.parametrize(
    "text",
    [
        registration_section(SERVERS),
        writer_section(SERVERS),
        databases_section(3307, "100.64.0.1", SERVERS),
        visitors_section("10.43.0.9"),
    ],
    ids=["registration", "writer", "databases", "visitors"],
)
def test_allows_the_sections_of_haproxy_for(text: str) -> None:
    assert said(step(TEXT=text)) == []


@pytest.mark.parametrize(
    "end", ["*:6444", ":6444", "0.0.0.0:6444", ":::6444", "[::]:6444", "198.51.100.4:80443", "a:6444"]
)
def test_refuses_haproxy_at(end: str) -> None:
    (message,) = said(step(TEXT=f"listen registration\n  bind {end}\n"))
    assert message.startswith(
        f"thing: HAProxy would listen at {end}, outside of the overlay. Use the host's address in"
    )


@pytest.mark.parametrize("end", ["*:443", ":80", ":::443", "0.0.0.0:80", "127.0.0.1:9", "[::1]:9", "100.127.1.2:9"])
def test_allows_haproxy_at(end: str) -> None:
    assert said(step(TEXT=f"listen visitors\n  bind {end}\n")) == []


@pytest.mark.parametrize(
    ("settings", "was", "wrong", "named"),
    [
        (ETCD, "http://127.0.0.1:2381", "http://host:2381", "etcd (ETCD_LISTEN_METRICS_URLS)"),
        (
            ETCD,
            "CLIENT_URLS=https://100.64.0.1:2379",
            "CLIENT_URLS=https://10.0.0.4:2379",
            "etcd (ETCD_LISTEN_CLIENT_URLS)",
        ),
        (GALERA, "ist.recv_addr=100.64.0.1:4568", "ist.recv_addr=0.0.0.0:4568", "Galera (ist.recv_addr)"),
        (GALERA, "100.64.0.1:4444", "0.0.0.0:4444", "Galera (wsrep_sst_receive_address)"),
        (GALERA, "bind_address = 100.64.0.1", "bind_address=::", "Galera (bind_address)"),
    ],
    ids=["metrics", "clients", "writes for who was away", "copies", "clients of Galera"],
)
def test_refuses_a_member_that_listens_elsewhere(settings: str, was: str, wrong: str, named: str) -> None:
    (message,) = said(members(settings, was, wrong))
    assert message.startswith(f"thing: {named} would listen at")


@pytest.mark.parametrize(
    "config",
    [
        'bind-address: "0.0.0.0"',
        'kube-scheduler-arg: ["leader-elect=true","bind-address=::"]',
        'kubelet-arg: ["address=0.0.0.0"]',
        'kubelet-arg: ["--healthz-bind-address=0.0.0.0"]',
        'etcd-arg: ["listen-metrics-urls=http://0.0.0.0:2381"]',
    ],
)
def test_refuses_a_server_with(config: str) -> None:
    (message,) = said(node(config))
    assert message.startswith("thing: k3s (")


def test_says_a_read_only_port() -> None:
    (message,) = said(node('kubelet-arg: ["read-only-port=10255"]'))
    assert message == "thing: kubelet would answer everyone at its read-only port. Remove read-only-port."


def test_says_the_same_of_one_listener_once() -> None:
    assert len(said(step(TEXT="listen a\n  bind :9\nlisten b\n  bind :9\n"))) == 1
