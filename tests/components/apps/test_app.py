"""A user's site as the settings describe it: pods, what they are told, where they keep data, and how they change."""

import json
from functools import cache, partial
from typing import Any

import pulumi

from components.apps.create import create_apps
from components.cluster.namespaces import create_namespaces
from components.settings.apps import App
from components.settings.k3s import K3s
from tests.components.entry import cluster, ingress_host, way_in
from tests.engine import Resource, Run, run
from tests.stack import CALLS

SITE = {"image": "docker.io/traefik/whoami:v1.11", "host": "whoami.example.org"}


def declare(apps: dict[str, dict[str, Any]], with_door: bool = True, k3s: K3s | None = None) -> None:
    settings = {name: App.model_validate(app) for name, app in apps.items()}
    if not with_door:
        there = cluster(ingress_host("oracle-1", 1))
        pulumi.export("apps", create_apps(settings, None, create_namespaces(settings, {}, there)))
        return
    door = way_in(k3s=k3s)
    pulumi.export("apps", create_apps(settings, door, create_namespaces(settings, {}, door.cluster)))


def ran(apps: dict[str, dict[str, Any]] | None = None, preview: bool = False, **more: Any) -> Run:
    """One site `whoami` with some settings, unless others are given."""
    return ran_once(json.dumps(apps or {"whoami": SITE | more}), preview)


@cache
def ran_once(apps: str, preview: bool) -> Run:
    """Of the same settings, given as JSON, one run for all tests."""
    return run(partial(declare, json.loads(apps)), preview=preview, calls=CALLS)


def deployment(seen: Run, name: str = "whoami") -> dict[str, Any]:
    spec: dict[str, Any] = seen.one("Deployment", name).inputs["spec"]
    return spec


def container(seen: Run) -> dict[str, Any]:
    only: dict[str, Any]
    (only,) = deployment(seen)["template"]["spec"]["containers"]
    return only


def own(seen: Run, name: str) -> list[Resource]:
    """Resources whose name begins with an app's."""
    return [one for one in seen.resources if one.name.startswith(name)]


def test_a_site_is_online_under_its_name() -> None:
    seen = ran()
    assert seen.outputs["apps"] == {"whoami": "https://whoami.example.org/"}
    (rule,) = seen.one("IngressRoute", "whoami").inputs["spec"]["routes"]
    assert rule["services"] == [{"name": "whoami", "port": 80, "strategy": "p2c"}]
    assert len(seen.of("DnsRecord")) == 3


def test_visitors_are_sent_to_it_once_its_pods_are_ready() -> None:
    seen = ran()
    records = seen.of("DnsRecord")
    assert records
    for record in records:
        assert {"Deployment whoami", "Service whoami", "IngressRoute whoami"} <= seen.before(record)


def test_an_app_has_a_namespace_of_its_own_with_limits() -> None:
    seen = ran()
    namespace = seen.one("Namespace", "whoami")
    assert namespace.inputs["metadata"]["labels"] == {"pod-security.kubernetes.io/enforce": "baseline"}
    for kind in ("Deployment", "Service", "IngressRoute"):
        one = seen.one(kind, "whoami")
        assert one.inputs["metadata"]["namespace"] == "whoami"
        assert "Namespace whoami" in seen.before(one)


def test_apps_share_a_namespace_if_the_settings_say_so() -> None:
    other = {"image": "docker.io/library/nginx:1.29", "host": "example.org", "namespace": "shared"}
    seen = ran(
        {"a": SITE | {"namespace": "shared"}, "b": other, "c": SITE | {"namespace": "default", "host": "c.example.org"}}
    )
    assert {one.name for one in seen.of("Namespace")} == {"door", "shared"}


def test_another_app_is_its_own_objects_and_nothing_else() -> None:
    before = {(one.type, one.name) for one in ran().resources}
    journal = {"image": "docker.io/library/nginx:1.29", "host": "journal.example.org"}
    after = ran({"whoami": SITE, "journal": journal})
    added = {(one.type, one.name) for one in after.resources} - before
    assert added
    assert all("journal" in name for _, name in added)
    assert len(after.resources) == len(before) + len(added)


def test_pods_are_on_different_hosts_and_leave_one_by_one() -> None:
    seen = ran(replicas=3)
    assert deployment(seen)["replicas"] == 3
    assert (
        deployment(seen)["template"]["spec"]["topologySpreadConstraints"][0]["topologyKey"] == "kubernetes.io/hostname"
    )
    assert seen.one("PodDisruptionBudget", "whoami").inputs["spec"]["maxUnavailable"] == 1
    assert ran(replicas=1).of("PodDisruptionBudget") == []


def test_a_change_starts_new_pods_before_old_ones_go() -> None:
    strategy = deployment(ran())["strategy"]
    assert strategy == {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}}
    assert container(ran())["lifecycle"]["preStop"]["sleep"]["seconds"] > 0


def test_a_lost_host_s_pods_are_soon_elsewhere() -> None:
    def seconds(seen: Run) -> dict[str, int]:
        tolerations = deployment(seen)["template"]["spec"]["tolerations"]
        return {one["key"]: one["tolerationSeconds"] for one in tolerations}

    assert seconds(ran()) == {"node.kubernetes.io/not-ready": 30, "node.kubernetes.io/unreachable": 30}
    patient = run(partial(declare, {"whoami": SITE}, k3s=K3s(lost_seconds=600)), calls=CALLS)
    assert set(seconds(patient).values()) == {600}


def test_what_the_settings_tell_it() -> None:
    told = container(ran(command=["serve"], args=["--fast"], environment={"B": "2", "A": "1"}, port=8080, memory_mb=64))
    assert (told["command"], told["args"]) == (["serve"], ["--fast"])
    assert told["env"] == [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    assert told["ports"] == [{"name": "http", "containerPort": 8080}]
    assert told["resources"]["limits"] == {"memory": "64Mi"}


def test_the_image_s_own_command_stays_unless_there_is_another() -> None:
    assert not {"command", "args"} & container(ran()).keys()


def test_it_is_ready_when_its_health_page_is() -> None:
    assert container(ran(health="/healthz"))["readinessProbe"]["httpGet"] == {"path": "/healthz", "port": "http"}
    assert container(ran())["readinessProbe"]["tcpSocket"] == {"port": "http"}


def test_secrets_are_nowhere_but_in_a_secret() -> None:
    seen = ran(secrets={"TOKEN": "hunter2"})
    (secret,) = [one for one in seen.of("Secret") if one.name == "whoami"]
    assert secret.inputs["stringData"] == {"TOKEN": "hunter2"}
    assert "stringData" in secret.secrets
    assert container(seen)["envFrom"] == [{"secretRef": {}}], "its name is drawn: other secrets are other pods"
    assert "hunter2" not in json.dumps([one.inputs for one in seen.resources if one is not secret])


def test_data_outlives_pods_and_has_one_of_them_at_a_time() -> None:
    seen = ran(replicas=1, volumes={"data": {"path": "/data", "size_gb": 2}})
    claim = seen.one("PersistentVolumeClaim", "whoami-data").inputs
    assert claim["spec"]["resources"] == {"requests": {"storage": "2Gi"}}
    assert deployment(seen)["strategy"] == {"type": "Recreate"}
    assert container(seen)["volumeMounts"] == [{"name": "data", "mountPath": "/data"}]
    assert deployment(seen)["template"]["spec"]["volumes"] == [
        {"name": "data", "persistentVolumeClaim": {"claimName": "whoami-data"}}
    ]


def test_an_app_at_rest_is_not_waited_for() -> None:
    annotations = ran(replicas=0).one("Service", "whoami").inputs["metadata"]["annotations"]
    assert annotations == {"pulumi.com/skipAwait": "true"}
    assert "annotations" not in ran().one("Service", "whoami").inputs["metadata"]


def test_pods_have_no_key_to_the_cluster() -> None:
    assert deployment(ran())["template"]["spec"]["automountServiceAccountToken"] is False
    assert container(ran())["securityContext"]["allowPrivilegeEscalation"] is False


def test_without_a_door_there_are_no_apps() -> None:
    seen = run(partial(declare, {}, with_door=False), calls=CALLS)
    assert seen.outputs["apps"] == {}


def test_preview_of_an_empty_stack_shows_all_of_it() -> None:
    everything: dict[str, Any] = {"secrets": {"TOKEN": "x"}, "replicas": 1, "volumes": {"data": {"path": "/data"}}}

    def shown(seen: Run) -> list[tuple[str, str]]:
        return sorted((one.type, one.name) for one in own(seen, "whoami"))

    assert shown(ran(preview=True, **everything)) == shown(ran(**everything))
