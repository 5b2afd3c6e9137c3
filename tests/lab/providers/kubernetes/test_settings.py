"""The Provider resource: kubeconfigs, settings, and what counts as another cluster."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental import provider as sdk

from lab.providers.kubernetes.__main__ import KubernetesProvider
from lab.providers.kubernetes.kubeconfig import read_kubeconfig
from lab.providers.kubernetes.settings import read_settings
from lab.providers.properties import UNKNOWN, value_map
from lab.providers.server import EngineLog

URN = "urn:pulumi:stack::project::pulumi:providers:kubernetes::p"


def kubeconfig(server: str = "https://203.0.113.1:6443", **user: Any) -> str:
    """A kubeconfig with one context."""
    return json.dumps(
        {
            "clusters": [{"name": "c", "cluster": {"server": server}}],
            "users": [{"name": "u", "user": user}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u", "namespace": "apps"}}],
            "current-context": "x",
        }
    )


def test_content_or_path(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_text(kubeconfig(token="sesame"))
    for given in (str(path), kubeconfig(token="sesame")):
        access = read_kubeconfig(given)
        assert (access.server, access.namespace) == ("https://203.0.113.1:6443", "apps")
        assert access.headers == {"Authorization": "Bearer sesame"}


@pytest.mark.parametrize(
    ("text", "context", "message"),
    [
        ("/no/such/file", None, "kubeconfig /no/such/file: No such file"),
        ("{}", None, "it has no clusters"),
        (kubeconfig(), "other", "it has no context 'other'"),
        (kubeconfig(exec={"command": "aws"}), None, "not `exec`"),
    ],
)
def test_kubeconfigs_that_are_refused(text: str, context: str | None, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        read_kubeconfig(text, context)


def test_a_kubeconfig_that_is_not_known_yet() -> None:
    provider = KubernetesProvider(EngineLog(""))
    request = sdk.ConfigureRequest({}, value_map({"kubeconfig": UNKNOWN}), True, True)
    asyncio.run(provider.configure(request))
    assert provider._objects.cluster is None


def test_booleans_come_as_text() -> None:
    settings = read_settings({"deleteUnreachable": "true", "enableSecretMutable": "true", "enablePatchForce": "false"})
    assert settings.delete_unreachable
    assert settings.mutable == {"Secret"}
    assert not settings.patch_force


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        ({"kubeconfg": "x"}, "kubeconfg: this stand-in knows only"),
        ({"enableServerSideApply": "false"}, "server-side apply only"),
        ({"renderYamlToDirectory": "/x"}, "renderYamlToDirectory: this stand-in"),
    ],
)
def test_settings_that_are_refused(inputs: dict[str, Any], message: str) -> None:
    request = sdk.CheckRequest(URN, {}, value_map(inputs), b"")
    answer = asyncio.run(KubernetesProvider(EngineLog("")).check_config(request))
    assert message in (answer.failures or [])[0].reason


@pytest.mark.parametrize(
    ("before", "after", "replaces"),
    [
        ({"kubeconfig": kubeconfig(token="a")}, {"kubeconfig": kubeconfig(token="b")}, []),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": kubeconfig("https://203.0.113.9:6443")}, ["kubeconfig"]),
        ({"kubeconfig": kubeconfig()}, {"kubeconfig": UNKNOWN}, []),
        (
            {"kubeconfig": kubeconfig(), "clusterIdentifier": "1"},
            {"kubeconfig": kubeconfig("https://203.0.113.9:6443"), "clusterIdentifier": "1"},
            [],
        ),
        ({"namespace": "a"}, {"namespace": "b"}, []),
    ],
)
def test_another_server_is_another_cluster(before: dict[str, Any], after: dict[str, Any], replaces: list[str]) -> None:
    request = sdk.DiffRequest(URN, "id", value_map(before), value_map(after), [])
    answer = asyncio.run(KubernetesProvider(EngineLog("")).diff_config(request))
    assert answer.changes
    assert answer.replaces == replaces
