"""`oci.core.InternetGateway`, `RouteTable` and `DefaultRouteTable`: whether a subnet reaches the internet."""

from collections.abc import Iterator
from ipaddress import ip_network

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.oci.cloud import Cloud, CloudError, Records, of_type, outputs_of, required
from lab.providers.oci.core_type import CoreType, TakenOver, refuse_used, same_vcn
from lab.providers.oci.firewall import Firewall
from lab.providers.stand_in import Values

EVERYWHERE = "0.0.0.0/0"


class InternetGateway(CoreType):
    """The gateway from a VCN to the internet. A VCN has at most one."""

    published_as = "oci:Core/internetGateway:InternetGateway"
    kind = "internetgateway"

    def __init__(self, cloud: Cloud, firewall: Firewall) -> None:
        super().__init__(cloud)
        self.firewall = firewall

    def defaults(self, inputs: Values) -> Values:
        """Enabled by default."""
        return {"enabled": True}

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Create the VCN's gateway."""
        gateway_id = self.cloud.new_id(self.kind)
        record = self.common(inputs, gateway_id) | {"enabled": inputs["enabled"], "routeTableId": None}
        what = f"internet gateway {record['displayName']}"
        with self.cloud.changing() as records:
            required(records, "vcn", inputs["vcnId"], what)
            if of_type(records, self.kind, same_vcn(inputs["vcnId"])):
                raise CloudError(f"{what}: 400-LimitExceeded: its VCN has an internet gateway already")
            if inputs.get("routeTableId"):
                raise CloudError(f"{what}: the lab has no route tables for gateways")
            records[gateway_id] = record
        return gateway_id, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change names and tags, or enable or disable it."""
        with self.cloud.changing() as records:
            record = required(records, self.kind, resource_id, f"internet gateway {resource_id}") | inputs
            records[resource_id] = record
        self.firewall.apply()
        return outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete it. Refused while a route leads to it."""
        with self.cloud.changing() as records:
            users = of_type(records, "routetable", lambda table: resource_id in targets(table))
            refuse_used(f"internet gateway {state.get('displayName', resource_id)}", users)
            records.pop(resource_id, None)


class RouteTable(CoreType):
    """The routes of the subnets that use this table."""

    published_as = "oci:Core/routeTable:RouteTable"
    kind = "routetable"
    unordered = frozenset({"routeRules"})

    def __init__(self, cloud: Cloud, firewall: Firewall) -> None:
        super().__init__(cloud)
        self.firewall = firewall

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse routes whose destination is not a range."""
        yield from super().check(inputs)
        for index, route in enumerate(inputs.get("routeRules", ())):
            target = destination(route)
            try:
                if isinstance(target, str):
                    ip_network(target)
            except ValueError as error:
                yield CheckFailure(f"routeRules[{index}].destination", f"routeRules[{index}]: {error}")

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Make the table."""
        table_id = self.cloud.new_id(self.kind)
        record = self.common(inputs, table_id) | {"routeRules": inputs.get("routeRules", [])}
        with self.cloud.changing() as records:
            what = f"route table {record['displayName']}"
            required(records, "vcn", inputs["vcnId"], what)
            require_targets(records, record, what)
            records[table_id] = record
        return table_id, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change the routes. The change is effective at once for all instances."""
        with self.cloud.changing() as records:
            record = required(records, self.kind, resource_id, f"route table {resource_id}") | inputs
            require_targets(records, record, f"route table {record['displayName']}")
            records[resource_id] = record
        self.firewall.apply()
        return outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete it. Refused while a subnet uses it."""
        with self.cloud.changing() as records:
            users = of_type(records, "subnet", lambda subnet: bool(subnet["routeTableId"] == resource_id))
            refuse_used(f"route table {state.get('displayName', resource_id)}", users)
            records.pop(resource_id, None)


class DefaultRouteTable(TakenOver, RouteTable):
    """A VCN's default route table. Delete makes it empty again."""

    published_as = "oci:Core/defaultRouteTable:DefaultRouteTable"
    changed_in_place = frozenset({"definedTags", "displayName", "freeformTags", "routeRules"})

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Take over the VCN's table."""
        table_id = inputs["manageDefaultResourceId"]
        return table_id, self.update(table_id, {}, {"routeRules": []} | inputs)


def destination(route: Values) -> object:
    """The destination of a route. Also accepts the older property `cidrBlock`."""
    return route.get("destination", route.get("cidrBlock"))


def targets(table: Values) -> set[str]:
    """The targets of a table's routes."""
    return {str(route["networkEntityId"]) for route in table["routeRules"]}


def require_targets(records: Records, table: Values, what: str) -> None:
    """Raise CloudError if a route's target does not exist. In the lab, only internet gateways can be targets."""
    for target in sorted(targets(table)):
        gateway = required(records, "internetgateway", target, what)
        if gateway["vcnId"] != table["vcnId"]:
            raise CloudError(f"{what}: 400-InvalidParameter: {gateway['displayName']} is of another VCN")
