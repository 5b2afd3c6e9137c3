"""What a destroy of the whole stack does, by the graph of the lab's mixed one: what is undone, and what just goes."""

import runpy
from functools import cache

from tests.components.hosts.kinds import HOST_KEY, PRIVATE_KEY
from tests.engine import Resource, Run, run
from tests.stack import CALLS, ROOT, configure, overlaid, stack_settings

HOME = {
    "hosts": {"home-1": {"host_key": HOST_KEY}},
    "logins": {"home-1": {"private_key": PRIVATE_KEY}},
}


@cache
def ran() -> Run:
    """The lab's stack, with what the lab itself puts into it for its machine at home."""

    def program() -> None:
        configure(overlaid(stack_settings(ROOT / "Pulumi.lab.yaml"), HOME))
        runpy.run_path(str(ROOT / "__main__.py"), run_name="__main__")

    images = {"oci:Core/getImages:getImages": lambda args: {**args, "id": "images", "images": [{"id": "image"}]}}
    return run(program, calls=CALLS | images)


def goes_with(resource: Resource) -> str:
    """Name of the resource that takes this one with it; empty if it is deleted by itself."""
    return str(resource.request.deletedWith.rpartition("::")[2])


def undone() -> dict[str, str]:
    """Scripts that a destroy runs, by their steps' names."""
    steps = [one for one in ran().resources if one.type == "command:remote:Command"]
    return {one.name: one.inputs["delete"] for one in steps if one.inputs.get("delete") and not goes_with(one)}


def test_what_is_in_the_cluster_goes_with_it_and_nothing_else_does() -> None:
    for resource in ran().resources:
        if resource.type.startswith("kubernetes:"):
            assert goes_with(resource) == "k3s", resource.name
        elif not resource.type.startswith("command:remote:"):
            assert goes_with(resource) == "", resource.name
    assert [one.name for one in ran().resources if one.type.startswith("cloudflare:index/dnsRecord:")]


def test_no_script_runs_on_a_host_that_goes_and_those_at_home_are_undone() -> None:
    assert set(undone()) == {
        "home-1-verbs-leave",
        "home-1-enrol-leave",
        "k3s-binary-home-1-leave",
        "k3s-pod-rules-home-1-leave",
        "k3s-registration-home-1-leave",
        "k3s-node-home-1-leave",
    }


def test_every_device_leaves_the_tailnet() -> None:
    removals = {one.name for one in ran().resources if one.type == "command:local:Command" and not goes_with(one)}
    assert removals == {"oracle-1", "oracle-2", "azure-1", "home-1"}


def test_it_says_what_it_keeps() -> None:
    assert ran().outputs["kept"] == {"home-1": ["folder /var/lib/tailnet-k3s/storage", "bucket backups"]}
