"""The kubernetes stand-in under the real engine, against a real API server with real controllers."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pulumi
import pulumi_command
import pulumi_kubernetes as k8s
import pytest
from pulumi.automation import CommandError

from tests.lab.providers.engine import Engine
from tests.lab.providers.kubernetes.api_server import ApiServer, api_server

pytestmark = pytest.mark.lab


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    path = os.environ["PATH"]
    with api_server(tmp_path_factory.mktemp("api")) as running:
        yield running
    os.environ["PATH"] = path


class Wanted:
    """What the stack asks for, changed by the test between two runs."""

    image = "one"
    replicas = 1
    app = "web"
    text = "a"
    seconds = "60"
    size: Any = 3


def stack(server: ApiServer, wanted: Wanted) -> None:
    """A namespace with a bit of everything; the kubeconfig is not known before the first run."""
    kubeconfig = pulumi_command.local.Command(
        "kubeconfig",
        create="cat",
        stdin=pulumi.Output.secret(server.kubeconfig),
        logging=pulumi_command.local.Logging.NONE,
        opts=pulumi.ResourceOptions(additional_secret_outputs=["stdout"]),
    )
    opts = pulumi.ResourceOptions(provider=k8s.Provider("cluster", kubeconfig=kubeconfig.stdout))
    namespace = k8s.core.v1.Namespace("apps", metadata={"name": "apps"}, opts=opts).metadata["name"]
    k8s.core.v1.ConfigMap("drawn", metadata={"namespace": namespace}, data={"text": wanted.text}, opts=opts)
    fixed: Any = {"name": "fixed", "namespace": namespace}
    k8s.core.v1.ConfigMap("fixed", metadata=fixed, data={"text": wanted.text}, opts=opts)
    secret = {"password": pulumi.Output.secret("open-sesame")}
    k8s.core.v1.Secret("secret", metadata={"name": "secret", "namespace": namespace}, string_data=secret, opts=opts)
    labels = {"app": wanted.app}
    web = k8s.apps.v1.Deployment(
        "web",
        metadata={"namespace": namespace, "annotations": {"pulumi.com/timeoutSeconds": wanted.seconds}},
        spec={
            "replicas": wanted.replicas,
            "selector": {"match_labels": labels},
            "template": {
                "metadata": {"labels": labels},
                "spec": {"containers": [{"name": "web", "image": wanted.image}]},
            },
        },
        opts=opts,
    )
    after = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[web]))
    ports: Any = [{"port": 80}]
    k8s.core.v1.Service(
        "web", metadata={"name": "web", "namespace": namespace}, spec={"selector": labels, "ports": ports}, opts=after
    )
    schema: Any = {
        "type": "object",
        "properties": {"spec": {"type": "object", "properties": {"size": {"type": "integer"}}}},
    }
    definition = k8s.apiextensions.v1.CustomResourceDefinition(
        "things",
        metadata={"name": "things.example.org"},
        spec={
            "group": "example.org",
            "scope": "Namespaced",
            "names": {"kind": "Thing", "plural": "things"},
            "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"open_apiv3_schema": schema}}],
        },
        opts=opts,
    )
    k8s.apiextensions.CustomResource(
        "thing",
        api_version="example.org/v1",
        kind="Thing",
        metadata={"namespace": namespace},
        spec={"size": wanted.size},
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[definition])),
    )
    pulumi.export("web", web.metadata["name"])


def test_a_stack_of_objects(server: ApiServer, tmp_path: Path) -> None:
    wanted = Wanted()
    engine = Engine(tmp_path, lambda: stack(server, wanted))
    try:
        assert engine.preview().changes == {"create": 11}
        first = engine.up()
        assert first.changes == {"create": 11}
        name = str(first.outputs["web"])
        live = server.get("Deployment", name, "apps", "apps/v1")
        assert live
        assert live["status"]["availableReplicas"] == 1, "the Service is made when the Deployment is ready"
        for secret in ("open-sesame", "b3Blbi1zZXNhbWU", "client-key-data"):
            assert secret not in engine.text_of_state()
            assert secret not in first.printed
        assert engine.up().changes == {"same": 11}

        wanted.replicas = 2
        assert engine.preview().changes == {"same": 10, "update": 1}
        engine.up()

        wanted.text = "b"
        assert engine.preview().changes["replace"] == 2, "ConfigMaps are replaced when their data changes"
        engine.up()
        fixed = server.get("ConfigMap", "fixed", "apps")
        assert fixed
        assert fixed["data"] == {"text": "b"}

        wanted.app = "other"
        renamed = str(engine.up().outputs["web"])
        assert renamed != name, "the selector is immutable: another Deployment"
        assert server.get("Deployment", name, "apps", "apps/v1") is None

        wanted.size = "many"
        with pytest.raises(CommandError, match="size"):
            engine.preview()
        wanted.size = 3

        wanted.image, wanted.seconds = "broken", "5"
        with pytest.raises(CommandError, match=r"not ready after 5 s: .*ErrImagePull: no such image"):
            engine.up()
        wanted.image = "two"
        assert engine.up().changes == {"same": 10, "update": 1}
    finally:
        engine.destroy()
    assert server.get("Namespace", "apps", "") is None
