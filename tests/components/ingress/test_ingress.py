"""The way in as the graph of its parts: what Traefik may do, what it serves, and what waits for what."""

import base64
import json
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest

from components.settings.k3s import K3s
from tests.components.entry import DOMAIN, ingress_host, way_in
from tests.components.step_values import values
from tests.engine import Resource, Run, run
from tests.stack import CALLS


def ran(preview: bool = False, **settings: Any) -> Run:
    """With settings of the edge or the ingress."""
    return ran_once(json.dumps(settings), preview)


@cache
def ran_once(settings: str, preview: bool) -> Run:
    """Of the same settings, given as JSON, one run for all tests."""
    return run(partial(way_in, **json.loads(settings)), preview=preview, calls=CALLS)


def usual() -> Run:
    """Without any."""
    return ran()


def pod(seen: Run, kind: str = "DaemonSet") -> dict[str, Any]:
    spec: dict[str, Any] = seen.one(kind, "door").inputs["spec"]["template"]["spec"]
    return spec


def container(seen: Run) -> dict[str, Any]:
    only: dict[str, Any]
    (only,) = pod(seen)["containers"]
    return only


def test_one_traefik_runs_on_each_ingress_host() -> None:
    assert pod(usual())["nodeSelector"] == {"node-role.kubernetes.io/ingress": "true"}
    assert pod(usual())["tolerations"] == [{"operator": "Exists"}]
    assert pod(usual())["priorityClassName"] == "system-cluster-critical"
    assert container(usual())["image"] == "docker.io/library/traefik:v3.6.12"


def test_traefik_has_no_right_that_it_does_not_use() -> None:
    assert pod(usual())["securityContext"]["runAsNonRoot"] is True
    assert pod(usual())["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container(usual())["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert container(usual())["resources"]["limits"] == {"memory": "256Mi"}
    assert "hostNetwork" not in pod(usual())


def test_traefik_reads_and_writes_nothing() -> None:
    rules = usual().one("ClusterRole", "door").inputs["rules"]
    assert {verb for rule in rules for verb in rule["verbs"]} == {"get", "list", "watch"}
    assert {group for rule in rules for group in rule["apiGroups"]} == {"", "discovery.k8s.io", "traefik.io"}


def test_a_change_starts_the_new_traefik_of_a_host_before_the_old_one_goes() -> None:
    update = usual().one("DaemonSet", "door").inputs["spec"]["updateStrategy"]
    assert update == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert pod(usual())["terminationGracePeriodSeconds"] > 40


def test_ports_of_the_host_are_given_up_by_one_host_at_a_time() -> None:
    seen = ran(ingress={"ports": "host"})
    assert [port["hostPort"] for port in container(seen)["ports"]] == [80, 443]
    update = seen.one("DaemonSet", "door").inputs["spec"]["updateStrategy"]["rollingUpdate"]
    assert update == {"maxSurge": 0, "maxUnavailable": 1}
    assert "type" not in seen.one("Service", "door").inputs["spec"]
    assert "NET_BIND_SERVICE" not in json.dumps(pod(seen))


def test_the_service_keeps_visitors_addresses() -> None:
    spec = usual().one("Service", "door").inputs["spec"]
    assert (spec["type"], spec["externalTrafficPolicy"]) == ("LoadBalancer", "Local")
    assert {port["port"]: port["targetPort"] for port in spec["ports"]} == {80: "web", 443: "websecure"}
    assert (
        ran(ingress={"traffic_policy": "Cluster"}).one("Service", "door").inputs["spec"]["externalTrafficPolicy"]
        == "Cluster"
    )


def test_the_service_has_an_address_on_every_ingress_host_whatever_keeps_pods_away() -> None:
    annotations = usual().one("Service", "door").inputs["metadata"]["annotations"]
    assert json.loads(annotations["svccontroller.k3s.cattle.io/tolerations"]) == pod(usual())["tolerations"]


def test_as_many_traefiks_as_the_settings_say() -> None:
    seen = ran(ingress={"replicas": 3})
    assert seen.of("DaemonSet") == []
    assert seen.one("Deployment", "door").inputs["spec"]["replicas"] == 3
    assert pod(seen, "Deployment")["topologySpreadConstraints"][0]["topologyKey"] == "kubernetes.io/hostname"


def test_definitions_come_from_the_publisher_s_file_by_the_mirror() -> None:
    given = values(usual().one("Command", "door-crds"))
    where = "raw.githubusercontent.com/traefik/traefik/v3.6.12/docs/content/reference/dynamic-configuration"
    assert f"URL=http://mirror.example/{where}/kubernetes-crd-definition-v1.yml\n" in given
    assert "SHA256=19df8d4caa268314977886df8415cd809ec3faed4c6da608debc2b1c10e38397\n" in given


@pytest.mark.parametrize("kind", ["TLSStore", "TLSOption", "Middleware"])
def test_custom_resources_wait_for_their_definitions(kind: str) -> None:
    assert usual().of(kind)
    for resource in usual().of(kind):
        assert "Command door-crds" in usual().before(resource)
        assert "DaemonSet door" not in usual().before(resource)
        assert resource.inputs["metadata"]["namespace"] == "traefik"


def test_traefik_starts_with_its_certificate_and_its_rules() -> None:
    before = usual().before(usual().one("DaemonSet", "door"))
    assert {
        "TLSStore door",
        "TLSOption door-options",
        "Middleware door-visitors-headers",
        "Middleware door-try-another-pod",
        "Secret door",
    } <= before


def test_the_origin_certificate_is_served_by_default() -> None:
    secret = usual().one("Secret", "door")
    assert secret.inputs["stringData"]["tls.crt"] == "certificate door"
    assert "BEGIN PRIVATE KEY" in secret.inputs["stringData"]["tls.key"]
    assert "stringData" in secret.secrets
    store = usual().one("TLSStore", "door").inputs
    assert store["metadata"]["name"] == "default"
    assert "Secret door" in usual().one("TLSStore", "door").after


def test_another_certificate_is_another_secret() -> None:
    """One of the same name would have to go before the new one comes, and Traefik would have none."""
    assert "name" not in usual().one("Secret", "door").inputs["metadata"]
    assert "name" not in usual().one("ConfigMap", "door").inputs["metadata"]


def test_the_old_certificate_is_in_use_until_every_traefik_shows_the_new_one() -> None:
    serves = usual().one("Command", "door-serves")
    assert {"TLSStore door", "DaemonSet door", "Service door"} <= serves.after
    assert "CERTIFICATE=certificate door\n" in values(serves)
    assert f"DOMAIN={DOMAIN}\n" in values(serves)


@pytest.mark.parametrize(("setting", "version"), [("1.2", "VersionTLS12"), ("1.3", "VersionTLS13")])
def test_oldest_tls(setting: str, version: str) -> None:
    options = ran(ingress={"minimum_tls": setting}).one("TLSOption", "door-options").inputs
    assert options["spec"] == {"minVersion": version}
    assert options["metadata"]["name"] == "default"


def test_visitors_show_a_certificate_of_our_own_authority_if_asked_to() -> None:
    seen = ran(edge={"origin_pulls": True})
    spec = seen.one("TLSOption", "door-options").inputs["spec"]
    assert spec["clientAuth"]["clientAuthType"] == "RequireAndVerifyClientCert"
    authority = seen.one("Secret", "door-clients")
    assert authority.inputs["stringData"] == {"ca.crt": "certificate door-authority"}
    assert "AuthenticatedOriginPullsSettings door" in seen.before(authority), "hosts ask for what nobody has yet"


def passed_by_all(name: str) -> dict[str, Any]:
    """A middleware that requests pass before they get anywhere."""
    middleware = usual().one("Middleware", f"door-{name}").inputs
    text = usual().one("ConfigMap", "door").inputs["data"]["traefik.yaml"]
    assert f"traefik-{middleware['metadata']['name']}@kubernetescrd" in text
    spec: dict[str, Any] = middleware["spec"]
    return spec


def test_a_visitor_s_own_word_about_its_address_is_taken_away() -> None:
    assert passed_by_all("visitors-headers") == {"headers": {"customRequestHeaders": {"X-Real-Ip": ""}}}


def test_requests_for_a_pod_that_is_gone_are_another_s() -> None:
    assert passed_by_all("try-another-pod") == {"retry": {"attempts": 8}}
    assert "dialTimeout: 1s" in usual().one("ConfigMap", "door").inputs["data"]["traefik.yaml"]


def test_ipv6_is_accepted_by_hosts_that_have_it() -> None:
    proxy = usual().one("Command", "door-ipv6-oracle-1")
    named = {one.name for one in usual().of("Command") if "door-ipv6" in one.name}
    assert named == {proxy.name, f"{proxy.name}-leave"}
    assert "server traefik 10.43.0.11:443 send-proxy-v2" in values(proxy)
    assert "bind :::443 v6only" in values(proxy)
    assert "10.42.0.0/31" in usual().one("ConfigMap", "door").inputs["data"]["traefik.yaml"]


def test_the_host_s_proxy_starts_anew_before_there_is_a_cluster_to_disturb() -> None:
    proxy = usual().one("Command", "door-ipv6-oracle-1")
    assert [label for label in usual().before(proxy) if label.startswith("Command")] == [f"Command {proxy.name}-leave"]
    assert proxy.name in {label.split()[1] for label in usual().one("Namespace", "door").after}


@pytest.mark.parametrize("ports", ["load-balancer", "host"])
def test_hosts_find_traefik_at_an_address_that_is_known_beforehand(ports: str) -> None:
    service = ran(ingress={"ports": ports}).one("Service", "door").inputs["spec"]
    assert service["clusterIP"] == "10.43.0.11"


def test_nobody_may_speak_for_others_where_no_host_has_ipv6() -> None:
    seen = run(lambda: way_in(ingress_host("oracle-1", 1, ipv6=False)), calls=CALLS)
    assert "proxyProtocol" not in seen.one("ConfigMap", "door").inputs["data"]["traefik.yaml"]
    assert not [one for one in seen.of("Command") if "door-ipv6" in one.name]


def test_the_dashboard_is_there_only_if_asked_for() -> None:
    assert usual().of("IngressRoute") == []
    route = ran(ingress={"dashboard": True}).one("IngressRoute", "door-dashboard").inputs
    assert route["spec"]["entryPoints"] == ["dashboard"]


def test_the_zone_s_mode_is_managed_only_if_asked_for_and_once_there_is_a_certificate() -> None:
    assert usual().of("ZoneSetting") == []
    seen = ran(edge={"manage_tls_mode": True})
    (mode,) = seen.of("ZoneSetting")
    assert "Command door-serves" in mode.after


def test_everything_in_the_cluster_waits_for_it() -> None:
    inside = [resource for resource in usual().resources if resource.type.startswith("kubernetes:")]
    assert inside
    for resource in inside:
        assert {"Command k3s-settle-oracle-1", "Command k3s-dns"} & usual().before(resource), resource.name
        assert resource.request.provider.split("::")[-2] == "k3s", resource.name


def test_preview_of_an_empty_stack_shows_all_of_it() -> None:
    def shown(seen: Run) -> list[tuple[str, str]]:
        return sorted((one.type, one.name) for one in seen.resources)

    assert shown(ran(preview=True)) == shown(usual())


def test_the_key_is_in_no_other_place() -> None:
    key = usual().one("Secret", "door").inputs["stringData"]["tls.key"]

    def has_it(one: Resource) -> bool:
        text = json.dumps(one.inputs)
        return json.dumps(key)[1:-1] in text or base64.b64encode(key.encode()).decode() in text

    found = {f"{one.type.rpartition(':')[2]} {one.name}" for one in usual().resources if has_it(one)}
    assert found == {"Secret door", "CertRequest door"}


def test_traefiks_that_may_move_leave_a_lost_host() -> None:
    """One that tolerates everything would stay on it for ever."""

    def declare() -> None:
        tainted = replace(ingress_host("oracle-1", 1), taints=("door=:NoSchedule",))
        way_in(tainted, ingress_host("oracle-2", 2), ingress={"replicas": 1}, k3s=K3s(lost_seconds=7))

    lost = {"operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 7}
    assert pod(run(declare, calls=CALLS), "Deployment")["tolerations"] == [
        {"key": "node.kubernetes.io/not-ready", **lost},
        {"key": "node.kubernetes.io/unreachable", **lost},
        {"key": "door", "operator": "Exists", "effect": "NoSchedule"},
    ]
