"""The object store as a graph: where its data is, who gets which keys, what is published, and what stays."""

import base64
import json
from dataclasses import replace
from functools import cache
from typing import Any

import pulumi
import pytest

from components.artefacts import MINIO_IMAGE
from components.settings.storage import Storage as Settings
from components.storage.create import create_storage
from lab.distribution.images import IMAGES
from tests.components.entry import way_in
from tests.components.step_values import values
from tests.engine import PROVIDED, Resource, Run, run
from tests.stack import CALLS, host

BUCKETS = {"photos": {"versioning": True, "expiry_days": 30}, "plain": {}}
ACCOUNTS = {
    "site": {"buckets": ["photos"], "access": "write", "namespace": "shop"},
    "reports": {"buckets": ["photos", "plain"], "namespace": "office"},
}


@cache
def ran(preview: bool = False, settings: str = "{}", domain: bool = True, hosts: int = 1, found: str = "") -> Run:
    """A store on home-1, with the settings above overlaid by those in JSON. Namespace office is always there."""

    def declare() -> None:
        door = way_in()
        shop = pulumi.CustomResource("test:index:Namespace", "shop")
        home = replace(host("home-1", 8, "agent", "storage"), taints=("slow=:NoSchedule",), storage_path="/mnt/data")
        store = create_storage(
            "storage",
            Settings.model_validate({"buckets": BUCKETS, "accounts": ACCOUNTS, **json.loads(settings)}),
            {"home-1": home} if hosts else {},
            door.cluster,
            door if domain else None,
            namespaces={"shop": shop},
        )
        if store:
            pulumi.export("endpoint", store.endpoint)
            pulumi.export("urls", [store.url, store.console_url])
            pulumi.export("credentials", store.credentials)

    def outputs(name: str, inputs: dict[str, Any]) -> dict[str, Any]:
        said = PROVIDED["command:remote:Command"](name, inputs)
        return said | {"stdout": found} if name == "storage-server-buckets" else said

    return run(declare, preview=preview, calls=CALLS, provided={"command:remote:Command": outputs})


def changed(**settings: Any) -> Run:
    return ran(settings=json.dumps(settings))


def command(name: str, one: Run | None = None) -> Resource:
    return (one or ran()).one("Command", f"storage-{name}")


def given(name: str, one: Run | None = None) -> str:
    """The values of a step."""
    return values(command(name, one))


def secrets(name: str) -> dict[str, str]:
    assert "stdin" in command(name).secrets
    pairs = (line.split("=", 1) for line in command(name).inputs["stdin"].splitlines())
    return {key: base64.b64decode(value).decode() for key, value in pairs}


def pod(one: Run | None = None) -> dict[str, Any]:
    template = (one or ran()).one("Deployment", "storage-server-deployment").inputs["spec"]["template"]
    spec = template["spec"]
    assert isinstance(spec, dict)
    return spec


def test_data_is_on_the_hosts_own_volume_and_the_server_with_it() -> None:
    volume = ran().one("PersistentVolume", "storage-server-volume-home-1").inputs["spec"]
    assert volume["local"] == {"path": "/mnt/data/minio/data"}
    assert volume["persistentVolumeReclaimPolicy"] == "Retain"
    (term,) = volume["nodeAffinity"]["required"]["nodeSelectorTerms"]
    assert term["matchExpressions"] == [{"key": "kubernetes.io/hostname", "operator": "In", "values": ["home-1"]}]
    claim = ran().one("PersistentVolumeClaim", "storage-server-volume-home-1").inputs
    assert claim["spec"]["volumeName"] == volume["claimRef"]["name"] == claim["metadata"]["name"]
    assert pod()["volumes"][0]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]


def test_the_folder_is_prepared_on_that_host_for_the_servers_user() -> None:
    folder = command("server-folder-home-1")
    assert folder.inputs["connection"]["host"] == "100.64.0.8"
    assert "FOLDER=/mnt/data/minio\n" in given("server-folder-home-1")
    assert f"OWNER={int(pod()['securityContext']['runAsUser'])}\n" in given("server-folder-home-1")
    deployment = ran().one("Deployment", "storage-server-deployment")
    assert "Command storage-server-folder-home-1" in ran().before(deployment)


def test_the_server_may_touch_its_volumes_and_nothing_else() -> None:
    (server,) = pod()["containers"]
    assert pod()["securityContext"]["runAsNonRoot"] is True
    assert pod()["automountServiceAccountToken"] is False
    assert server["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert {mount["mountPath"] for mount in server["volumeMounts"]} == {"/data", "/tmp"}


def test_no_pod_with_more_rights_is_let_into_its_namespace() -> None:
    namespace = ran().one("Namespace", "storage-namespace").inputs["metadata"]
    assert namespace["labels"] == {"pod-security.kubernetes.io/enforce": "restricted"}
    assert pod()["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}


def test_the_server_is_probed_and_limited() -> None:
    (server,) = pod(changed(memory_mb=2048))["containers"]
    assert {"startupProbe", "livenessProbe", "readinessProbe"} <= set(server)
    assert server["resources"]["limits"] == {"memory": "2048Mi"}
    assert {"name": "GOMEMLIMIT", "value": "1638MiB"} in server["env"]


def test_two_servers_never_write_to_one_folder() -> None:
    spec = ran().one("Deployment", "storage-server-deployment").inputs["spec"]
    assert spec["replicas"] == 1
    assert spec["strategy"] == {"type": "Recreate"}


def test_the_server_bears_its_hosts_taints_and_waits_for_its_return() -> None:
    tolerated = {(one["key"], one.get("value"), one["effect"]) for one in pod()["tolerations"]}
    assert tolerated == {
        ("slow", None, "NoSchedule"),
        ("node.kubernetes.io/not-ready", None, "NoExecute"),
        ("node.kubernetes.io/unreachable", None, "NoExecute"),
    }


def test_the_image_is_pinned_and_the_lab_has_it() -> None:
    assert pod()["containers"][0]["image"] == MINIO_IMAGE
    assert pod(changed(image="quay.io/minio/minio:1"))["containers"][0]["image"] == "quay.io/minio/minio:1"
    (in_the_lab,) = IMAGES["storage"]
    assert f"docker.io/{in_the_lab.name}:{in_the_lab.tag}" == MINIO_IMAGE


def test_the_administrators_keys_are_in_one_secret() -> None:
    secret = ran().one("Secret", "storage-server-administrator")
    assert "stringData" in secret.secrets
    assert secret.inputs["stringData"] == {
        "MINIO_ROOT_USER": "administrator",
        "MINIO_ROOT_PASSWORD": "password-storage-server-administrator",
        "MC_HOST_store": "http://administrator:password-storage-server-administrator@127.0.0.1:9000",
    }
    assert pod()["containers"][0]["envFrom"] == [{"secretRef": {"name": "minio-administrator"}}]


def test_a_bucket_is_what_the_settings_say() -> None:
    photos, plain = given("server-bucket-photos"), given("server-bucket-plain")
    assert "VERSIONING=yes\n" in photos
    assert '"Days": 30' in photos
    assert "VERSIONING=no\n" in plain
    assert "LIFECYCLE=\n" in plain


def test_a_new_folder_gets_its_buckets_and_accounts_anew() -> None:
    for name in ("server-bucket-photos", "server-account-site", "server-buckets"):
        assert "STORE=output of storage-server-folder-home-1\n" in given(name)


def test_a_bucket_without_its_settings_stays() -> None:
    bucket = command("server-bucket-photos")
    assert bucket.request.retainOnDelete
    assert "delete" not in bucket.inputs


def test_buckets_that_the_settings_do_not_name_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", lambda text, _: said.append(text))
    assert "WANTED=photos\n|plain\n" in given("server-buckets", ran(found=" \n"))
    assert said == []
    ran(found="old\nolder\n")
    assert said == ["the object store keeps buckets that the settings don't name, with their data: old, older"]


def test_an_account_has_keys_of_its_own_that_only_its_namespace_sees() -> None:
    secret = ran().one("Secret", "storage-account-site")
    assert "stringData" in secret.secrets
    assert secret.inputs["metadata"] == {"name": "s3-site", "namespace": "shop"}
    assert secret.inputs["stringData"] == {
        "AWS_ACCESS_KEY_ID": "account-site",
        "AWS_SECRET_ACCESS_KEY": "password-storage-account-site",
        "AWS_ENDPOINT_URL_S3": "http://minio.storage.svc.cluster.local:9000",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
    }
    assert secrets("server-account-site") == {"SECRET_KEY": "password-storage-account-site"}
    assert "password" not in given("server-account-site")


def test_an_account_waits_for_its_buckets_and_its_secret_for_the_account_and_the_namespace() -> None:
    before = ran().before(command("server-account-reports"))
    assert {"Command storage-server-bucket-photos", "Command storage-server-bucket-plain"} <= before
    assert "Command storage-server-account-site" in ran().before(ran().one("Secret", "storage-account-site"))
    assert "Namespace shop" in ran().before(ran().one("Secret", "storage-account-site"))
    assert "Namespace shop" not in ran().before(ran().one("Secret", "storage-account-reports"))


def test_an_account_goes_with_its_settings_but_not_with_the_store() -> None:
    leave = command("server-account-site-leave")
    assert "admin user remove" in leave.inputs["delete"]
    assert "Command storage-server-account-site-leave" in command("server-account-site").after
    assert leave.request.deletedWith.endswith("::storage-server-deployment")


def test_s3_and_console_have_routes_of_their_own() -> None:
    rules = {one.name: one.inputs["spec"]["routes"][0] for one in ran().of("IngressRoute")}
    for name, host_name, port in (("s3", "s3.example.org", 9000), ("console", "s3-console.example.org", 9001)):
        rule = rules[f"storage-{name}"]
        assert rule["match"] == f"Host(`{host_name}`)"
        assert [(service["name"], service["port"]) for service in rule["services"]] == [("minio", port)]
    assert ran().outputs["urls"] == ["https://s3.example.org", "https://s3-console.example.org"]
    redirect = {"name": "MINIO_BROWSER_REDIRECT_URL", "value": "https://s3-console.example.org"}
    assert redirect in pod()["containers"][0]["env"]


def test_without_a_name_there_is_no_route_and_no_console() -> None:
    for one in (ran(domain=False), changed(host_name=None, console_host_name=None)):
        assert not [route for route in one.of("IngressRoute") if route.name.startswith("storage")]
        assert {"name": "MINIO_BROWSER", "value": "off"} in pod(one)["containers"][0]["env"]
        (port,) = one.one("Service", "storage-server-service").inputs["spec"]["ports"]
        assert port["name"] == "s3"


def test_the_server_can_be_asked_by_name_within_the_cluster() -> None:
    assert ran().outputs["endpoint"] == "http://minio.storage.svc.cluster.local:9000"


def test_credentials_come_out_as_a_secret() -> None:
    assert "credentials" in ran().secret_outputs
    assert ran().outputs["credentials"]["site"] == {
        "access_key": "account-site",
        "secret_key": "password-storage-account-site",
    }
    assert set(ran().outputs["credentials"]) == {"administrator", "reports", "site"}


def test_a_new_administrators_key_is_a_new_pod() -> None:
    template = ran().one("Deployment", "storage-server-deployment").inputs["spec"]["template"]
    (fingerprint,) = template["metadata"]["annotations"].values()
    assert len(fingerprint) == 12
    assert "spec" not in ran().one("Deployment", "storage-server-deployment").secrets


def test_the_store_has_all_that_is_its_own_in_it() -> None:
    own = [one for one in ran().resources if one.name.startswith("storage-")]
    assert {one.parent for one in own} <= {
        "Storage storage",
        "Minio storage-server",
        "Route storage-s3",
        "Route storage-console",
    }


def test_another_size_changes_nothing_that_can_not_be_changed() -> None:
    claims = [
        one.one("PersistentVolumeClaim", "storage-server-volume-home-1").inputs for one in (ran(), changed(size_gb=50))
    ]
    assert claims[0] == claims[1]
    assert changed(size_gb=50).one("PersistentVolume", "storage-server-volume-home-1").inputs["spec"]["capacity"] == {
        "storage": "50Gi"
    }


def test_without_a_host_there_is_no_store() -> None:
    assert not [one for one in ran(hosts=0).resources if one.name.startswith("storage")]


def test_a_preview_shows_all_of_it() -> None:
    assert {(r.type, r.name) for r in ran(preview=True).resources} == {(r.type, r.name) for r in ran().resources}
