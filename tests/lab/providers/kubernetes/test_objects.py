"""Objects of any kind against an API server that is a dictionary."""

import asyncio
import threading
from typing import Any

import pytest
from pulumi.provider.experimental import provider as sdk

from lab.providers.kubernetes import waiting
from lab.providers.kubernetes.__main__ import KubernetesProvider
from lab.providers.kubernetes.objects import Objects
from lab.providers.kubernetes.settings import Settings
from lab.providers.properties import UNKNOWN, plain, plain_map, value
from lab.providers.server import EngineLog, PartlyCreated
from tests.lab.providers.calling import Caller, Made
from tests.lab.providers.kubernetes.fake_api import FakeApi

CONFIG_MAP = "kubernetes:core/v1:ConfigMap"
CONFIG = "/api/v1/namespaces/default/configmaps"
DEPLOYMENT: dict[str, Any] = {
    "apiVersion": "apps/v1",
    "kind": "Deployment",
    "metadata": {"name": "web"},
    "spec": {
        "replicas": 1,
        "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {"containers": [{"name": "web", "image": "one"}]},
        },
    },
}
READY = {"observedGeneration": 9, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(waiting, "LONGEST_PAUSE", 0.01)


def provider(api: FakeApi | None, **settings: Any) -> KubernetesProvider:
    """The stand-in, configured; for no cluster where there is none yet."""
    made = KubernetesProvider(EngineLog(""))
    known = Settings(known=api is not None, **settings)
    made._objects = Objects(known, api.cluster() if api else None, EngineLog(""), threading.Event())
    return made


def calls(api: FakeApi | None, token: str = CONFIG_MAP, **settings: Any) -> Caller:
    """Calls for a kind."""
    return Caller(provider(api, **settings), token, "config")


def config(**inputs: Any) -> dict[str, Any]:
    """Inputs of a ConfigMap."""
    return {"apiVersion": "v1", "kind": "ConfigMap"} | inputs


def test_a_name_is_drawn_and_kept(api: FakeApi) -> None:
    caller = calls(api)
    made = caller.create(**config(data={"a": "1"}))
    name = made.outputs["metadata"]["name"]
    assert name.startswith("config-")
    assert len(name) == len("config-") + 8
    assert made.resource_id == f"default/{name}"
    assert made.outputs["metadata"]["annotations"] == {"pulumi.com/autonamed": "true"}
    old = {name: value(item) for name, item in made.outputs["__inputs"].items()}
    request = sdk.CheckRequest(caller.urn, old, {name: value(item) for name, item in config().items()}, b"seed")
    again = plain_map(asyncio.run(caller.provider.check(request)).inputs or {})
    assert again["metadata"]["name"] == name


@pytest.mark.parametrize(
    ("token", "kind", "namespace"),
    [
        ("kubernetes:core/v1:Namespace", {"apiVersion": "v1", "kind": "Namespace"}, None),
        ("kubernetes:core/v1:Secret", {"apiVersion": "v1", "kind": "Secret"}, "apps"),
        ("kubernetes:example.org/v1:Thing", {"apiVersion": "example.org/v1", "kind": "Thing"}, None),
    ],
)
def test_the_namespace_is_that_of_the_provider(token: str, kind: dict[str, str], namespace: str | None) -> None:
    inputs = plain_map(calls(None, token, namespace="apps").check(**kind, metadata={"name": "x"}))
    assert inputs["metadata"].get("namespace") == namespace


def test_nothing_is_asked_of_the_server_when_inputs_are_the_same(api: FakeApi) -> None:
    caller = calls(api)
    made = caller.create(**config(metadata={"name": "a"}, data={"a": "1"}))
    api.requests.clear()
    assert caller.diff(made, **config(metadata={"name": "a"}, data={"a": "1"})).changes is False
    assert api.requests == []


def test_a_preview_before_there_is_a_cluster(api: FakeApi) -> None:
    planned = calls(None).create(preview=True, **config(metadata={"name": "a"}, data={"a": UNKNOWN}))
    assert planned.outputs["metadata"]["namespace"] == "default"


def test_a_preview_asks_the_server_and_changes_nothing(api: FakeApi) -> None:
    api.refuse = lambda wanted: {"code": 422, "message": "data is bad", "reason": "Invalid"}
    with pytest.raises(RuntimeError, match="ConfigMap default/a: data is bad"):
        calls(api).create(preview=True, **config(metadata={"name": "a"}))
    api.refuse = lambda wanted: None
    calls(api).create(preview=True, **config(metadata={"name": "a"}))
    assert api.objects == {}


def test_a_server_that_is_down_is_no_reason_against_a_preview(api: FakeApi) -> None:
    caller = calls(api)
    made = caller.create(**config(metadata={"name": "a"}, data={"a": "1"}))
    api.down = True
    assert caller.diff(made, **config(metadata={"name": "a", "labels": {"a": "b"}}, data={"a": "1"})).changes
    caller.create(preview=True, **config(metadata={"name": "b"}))
    with pytest.raises(RuntimeError, match="can't be reached"):
        caller.create(**config(metadata={"name": "b"}))


def test_an_object_that_exists_is_not_taken_over_unless_asked_to(api: FakeApi) -> None:
    calls(api).create(**config(metadata={"name": "a"}))
    with pytest.raises(RuntimeError, match="it exists already; import it"):
        calls(api).create(**config(metadata={"name": "a"}))
    calls(api, upsert=True).create(**config(metadata={"name": "a"}))


def test_a_conflict_says_how_to_force_it(api: FakeApi) -> None:
    caller = calls(api, upsert=True)
    caller.create(**config(metadata={"name": "a"}, data={"a": "1"}))
    with pytest.raises(RuntimeError, match=r'conflict with "pulumi-kubernetes-.*annotate the object with .*patchForce'):
        caller.create(**config(metadata={"name": "a"}, data={"a": "2"}))
    force = {"name": "a", "annotations": {"pulumi.com/patchForce": "true"}}
    caller.create(**config(metadata=force, data={"a": "2"}))
    assert api.objects[f"{CONFIG}/a"]["data"] == {"a": "2"}


def test_what_is_no_longer_given_goes(api: FakeApi) -> None:
    caller = calls(api)
    made = caller.create(**config(metadata={"name": "a", "labels": {"x": "1", "y": "2"}}))
    caller.update(made, **config(metadata={"name": "a", "labels": {"y": "2"}}))
    assert api.objects[f"{CONFIG}/a"]["metadata"]["labels"] == {"y": "2"}


def test_data_of_a_config_map_replaces_it_unless_it_is_mutable(api: FakeApi) -> None:
    caller, inputs = calls(api), config(metadata={"name": "a"}, data={"a.b": "1"})
    made = caller.create(**inputs)
    changed = inputs | {"data": {"a.b": "2"}}
    diff = caller.diff(made, **changed)
    assert diff.replaces == ['data["a.b"]']
    assert diff.delete_before_replace
    mutable = calls(api, mutable=frozenset({"ConfigMap"}))
    assert mutable.diff(made, **changed).replaces == []
    immutable = mutable.create(**(inputs | {"metadata": {"name": "b"}, "immutable": True}))
    assert mutable.diff(immutable, **(changed | {"metadata": {"name": "b"}, "immutable": True})).replaces


def test_a_drawn_name_lets_the_new_object_come_first(api: FakeApi) -> None:
    caller = calls(api)
    made = caller.create(**config(data={"a": "1"}))
    wanted = config(metadata=made.outputs["__inputs"]["metadata"], data={"a": "2"})
    diff = caller.diff(made, **wanted)
    assert diff.replaces == ["data.a"]
    assert not diff.delete_before_replace


def test_a_field_that_the_server_calls_immutable_replaces(api: FakeApi) -> None:
    caller = calls(api, "kubernetes:core/v1:PersistentVolumeClaim")
    inputs: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "disk", "annotations": {"pulumi.com/skipAwait": "true"}},
        "spec": {"accessModes": ["ReadWriteOnce"], "volumeMode": "Filesystem"},
    }
    made = caller.create(**inputs)
    cause = {"field": "spec", "message": "Forbidden: spec is immutable after creation"}
    answer = {"code": 422, "reason": "Invalid", "message": "spec is immutable", "details": {"causes": [cause]}}
    api.refuse = lambda wanted: answer if wanted["spec"]["volumeMode"] == "Block" else None
    spec = inputs["spec"] | {"volumeMode": "Block"}
    assert caller.diff(made, **(inputs | {"spec": spec})).replaces == ["spec.volumeMode"]


def test_the_diff_is_what_the_server_would_change(api: FakeApi) -> None:
    caller = calls(api, "kubernetes:apps/v1:Deployment")
    api.statuses = [READY]
    made = caller.create(**DEPLOYMENT)
    spec = DEPLOYMENT["spec"] | {"replicas": 3}
    diff = caller.diff(made, **(DEPLOYMENT | {"spec": spec}))
    assert list(diff.detailed_diff) == ["spec.replicas"]
    selector = spec | {"selector": {"matchLabels": {"app": "other"}}}
    assert caller.diff(made, **(DEPLOYMENT | {"spec": selector})).replaces == ["spec.selector.matchLabels.app"]


def test_secrets_stay_secret(api: FakeApi) -> None:
    caller = calls(api, "kubernetes:core/v1:Secret")
    secret: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}}
    made = caller.create(**secret, stringData={"a": "sesame"}, data={"b": "c2VzYW1l"})
    assert made.secrets >= {"data", "stringData", "__inputs"}
    assert plain(made.properties["__inputs"])["stringData"] == {"a": "sesame"}


def test_an_error_hides_the_secrets_that_it_quotes(api: FakeApi) -> None:
    api.refuse = lambda wanted: {"code": 422, "message": f'Invalid value: "{wanted["data"]["a"]}"', "reason": "Invalid"}
    with pytest.raises(RuntimeError, match=r'Invalid value: "\[secret\]"'):
        calls(api).create(**config(metadata={"name": "a"}, data={"a": value("sesame", secret=True)}))


def test_a_value_made_from_a_secret_is_secret_in_the_live_object(api: FakeApi) -> None:
    made = calls(api).create(**config(metadata={"name": "a"}, data={"a": value("sesame", secret=True), "b": "1"}))
    data: Any = made.properties["data"].value
    assert data["a"].is_secret
    assert not data["b"].is_secret


def test_create_waits_until_it_is_ready(api: FakeApi) -> None:
    api.statuses = [{}, READY | {"availableReplicas": 0}, READY]
    made = calls(api, "kubernetes:apps/v1:Deployment").create(**DEPLOYMENT)
    assert made.outputs["status"]["availableReplicas"] == 1


def test_an_object_that_does_not_get_ready_is_kept_in_the_state(api: FakeApi) -> None:
    api.statuses = [READY | {"availableReplicas": 0}]
    metadata = {"name": "web", "annotations": {"pulumi.com/timeoutSeconds": "0"}}
    with pytest.raises(PartlyCreated, match=r"Deployment default/web: .*0 of 1 replicas are available") as caught:
        calls(api, "kubernetes:apps/v1:Deployment").create(**(DEPLOYMENT | {"metadata": metadata}))
    assert caught.value.resource_id == "default/web"
    assert plain_map(caught.value.outputs)["__inputs"]["spec"]["replicas"] == 1


def test_waiting_survives_a_server_that_is_away_for_a_moment(api: FakeApi) -> None:
    api.statuses = [READY]
    answer, left = api.answer, [2]

    def flaky(request: Any) -> Any:
        if request.method == "GET" and request.url.path.endswith("/web") and "PATCH" in api.requests[-1] and left[0]:
            left[0] -= 1
            api.down = True
        try:
            return answer(request)
        finally:
            api.down = False

    api.answer = flaky  # type: ignore[method-assign]
    assert calls(api, "kubernetes:apps/v1:Deployment").create(**DEPLOYMENT).resource_id == "default/web"


def test_skip_await(api: FakeApi) -> None:
    metadata = {"name": "web", "annotations": {"pulumi.com/skipAwait": "true"}}
    calls(api, "kubernetes:apps/v1:Deployment").create(**(DEPLOYMENT | {"metadata": metadata}))


def test_delete_waits_until_it_is_gone(api: FakeApi) -> None:
    caller = calls(api)
    made = caller.create(**config(metadata={"name": "a"}))
    api.finalizer_reads = 3
    caller.delete(made)
    assert api.objects == {}
    caller.delete(made)


def test_delete_names_the_finalizers_that_hold_it_up(api: FakeApi) -> None:
    caller = calls(api)
    made = caller.create(**config(metadata={"name": "a"}))
    api.finalizer_reads = 10_000
    request = sdk.DeleteRequest(caller.urn, made.resource_id, made.properties, 0.1)
    with pytest.raises(RuntimeError, match="not gone after 0 s: its finalizers are not done: foregroundDeletion"):
        asyncio.run(caller.provider.delete(request))


def test_delete_in_a_cluster_that_is_gone(api: FakeApi) -> None:
    made = calls(api).create(**config(metadata={"name": "a"}))
    api.down = True
    with pytest.raises(RuntimeError, match="set the provider's deleteUnreachable"):
        calls(api).delete(made)
    calls(api, delete_unreachable=True).delete(made)


def test_a_drift_shows_after_a_refresh(api: FakeApi) -> None:
    caller, inputs = calls(api, mutable=frozenset({"ConfigMap"})), config(metadata={"name": "a"}, data={"a": "1"})
    made = caller.create(**inputs)
    api.objects[f"{CONFIG}/a"]["data"]["a"] = "drifted"
    now = caller.read(made, caller.check(**inputs))
    assert plain_map(now.inputs)["data"] == {"a": "drifted"}
    assert "data.a" in caller.diff(Made("default/a", now.properties), **inputs).detailed_diff


def test_an_object_that_is_gone_reads_as_gone(api: FakeApi) -> None:
    caller = calls(api)
    made = caller.create(**config(metadata={"name": "a"}))
    api.objects.clear()
    assert caller.read(made, {}).resource_id == ""


def test_import_reads_by_its_id(api: FakeApi) -> None:
    calls(api).create(**config(metadata={"name": "a"}, data={"a": "1"}))
    request = sdk.ReadRequest(calls(api).urn, "default/a", {}, {})
    read = asyncio.run(provider(api).read(request))
    assert plain_map(read.inputs)["data"] == {"a": "1"}


def test_a_kind_without_definition_is_named(api: FakeApi) -> None:
    caller = calls(api, "kubernetes:example.org/v1:Thing")
    with pytest.raises(RuntimeError, match=r"no matches for kind 'Thing' in version 'example\.org/v1'"):
        caller.create(apiVersion="example.org/v1", kind="Thing", metadata={"name": "a"})
    caller.create(preview=True, apiVersion="example.org/v1", kind="Thing", metadata={"name": "a"})


def test_unknown_fields_are_refused_without_a_server() -> None:
    spec = DEPLOYMENT["spec"] | {"replica": 2}
    with pytest.raises(ValueError, match=r"spec\.replica: unknown"):
        calls(None, "kubernetes:apps/v1:Deployment").check(**(DEPLOYMENT | {"spec": spec}))
    with pytest.raises(RuntimeError, match="single objects only"):
        calls(None, "kubernetes:core/v1:ConfigMapPatch").check(**config())
