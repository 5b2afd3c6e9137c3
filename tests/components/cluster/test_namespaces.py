"""Namespaces of apps and of accounts: each once, and gone only with an app that nobody else keeps something beside."""

from functools import cache

from components.cluster.namespaces import create_namespaces
from components.settings.apps import App
from components.settings.storage import Account
from tests.components.entry import cluster, ingress_host
from tests.engine import Run, run
from tests.stack import CALLS

APP = {"image": "docker.io/traefik/whoami:v1.11", "host": "whoami.example.org"}


@cache
def ran() -> Run:
    """Two apps, one of them where an account's keys go; another account's have a namespace to themselves."""
    apps = {name: App.model_validate(APP | {"namespace": where}) for name, where in (("a", None), ("b", "shared"))}
    wanted = {"one": "shared", "two": "alone", "three": "kube-system"}
    accounts = {name: Account(buckets=("plain",), namespace=where) for name, where in wanted.items()}
    return run(lambda: create_namespaces(apps, accounts, cluster(ingress_host("oracle-1", 1))) and None, calls=CALLS)


def test_each_is_made_once_and_none_of_the_cluster_s_own() -> None:
    assert sorted(one.name for one in ran().of("Namespace")) == ["a", "alone", "shared"]


def test_pods_of_apps_have_limits() -> None:
    labels = {one.name: one.inputs["metadata"].get("labels") for one in ran().of("Namespace")}
    baseline = {"pod-security.kubernetes.io/enforce": "baseline"}
    assert labels == {"a": baseline, "shared": baseline, "alone": None}


def test_one_without_an_app_stays_for_others_may_have_put_things_there() -> None:
    assert {one.name for one in ran().of("Namespace") if one.request.retainOnDelete} == {"alone"}
