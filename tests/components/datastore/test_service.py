"""The Service by which pods reach their databases: on each node it leads to this node."""

from functools import cache
from runpy import run_path

from components.datastore.endpoint import PODS_HOST
from tests.engine import Run, run
from tests.stack import CALLS, ROOT, configure, overlaid, stack_settings


@cache
def ran(*databases: str) -> Run:
    """The lab's stack with databases for pods."""

    def program() -> None:
        configure(overlaid(stack_settings(), {"datastore": {"databases": list(databases)}}))
        run_path(str(ROOT / "__main__.py"), run_name="__main__")

    return run(program, calls=CALLS)


def test_packets_of_pods_stay_on_their_node() -> None:
    service = ran("shop").one("Service", "databases")
    meta, spec = service.inputs["metadata"], service.inputs["spec"]
    assert f"{meta['name']}.{meta['namespace']}.svc" == PODS_HOST
    assert spec["ports"] == [{"name": "mysql", "port": 3306, "targetPort": 3307}]
    assert spec["internalTrafficPolicy"] == "Local"
    assert "selector" not in spec
    endpoints = ran("shop").one("EndpointSlice", "databases").inputs["endpoints"]
    assert {one["nodeName"]: one["addresses"] for one in endpoints} == {
        name: [address] for name, address in ran("shop").outputs["nodes"].items()
    }


def test_they_come_after_the_way_of_every_node() -> None:
    before = ran("shop").before(ran("shop").one("EndpointSlice", "databases"))
    ways = {f"Command datastore-databases-{name}" for name in ran("shop").outputs["nodes"]}
    assert ways <= before


def test_without_databases_there_is_no_service() -> None:
    assert not [one for one in ran().resources if one.type.endswith(("DatabaseService", "EndpointSlice"))]
