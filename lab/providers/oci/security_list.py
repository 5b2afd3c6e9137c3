"""`oci.core.SecurityList` and `DefaultSecurityList`: packet filters. Changes go to the router at once."""

from collections.abc import Iterator

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.oci.cloud import Cloud, of_type, outputs_of, required
from lab.providers.oci.core_type import CoreType, TakenOver, refuse_used
from lab.providers.oci.firewall import Firewall
from lab.providers.oci.security_rules import DIRECTIONS, rule_of
from lab.providers.stand_in import Values


class SecurityList(CoreType):
    """A security list, which subnets can use."""

    published_as = "oci:Core/securityList:SecurityList"
    kind = "securitylist"
    unordered = frozenset({"ingressSecurityRules", "egressSecurityRules"})

    def __init__(self, cloud: Cloud, firewall: Firewall) -> None:
        super().__init__(cloud)
        self.firewall = firewall

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse rules that Oracle refuses, or that the lab can't enforce."""
        yield from super().check(inputs)
        for name, side, direction in DIRECTIONS:
            for index, given in enumerate(inputs.get(name, ())):
                try:
                    rule_of(given, side, direction)
                except ValueError as error:
                    yield CheckFailure(f"{name}[{index}]", f"{name}[{index}]: {error}")

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Make the list."""
        list_id = self.cloud.new_id(self.kind)
        record = self.common(inputs, list_id) | {name: inputs.get(name, []) for name, _, _ in DIRECTIONS}
        with self.cloud.changing() as records:
            required(records, "vcn", inputs["vcnId"], f"security list {record['displayName']}")
            records[list_id] = record
        return list_id, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change the list, and all filters that come from it."""
        with self.cloud.changing() as records:
            record = required(records, self.kind, resource_id, f"security list {resource_id}") | inputs
            records[resource_id] = record
        self.firewall.apply()
        return outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete the list. Refused while a subnet uses it."""
        with self.cloud.changing() as records:
            users = of_type(records, "subnet", lambda subnet: resource_id in subnet["securityListIds"])
            refuse_used(f"security list {state.get('displayName', resource_id)}", users)
            records.pop(resource_id, None)


class DefaultSecurityList(TakenOver, SecurityList):
    """A VCN's default security list. Delete resets it to its original rules."""

    published_as = "oci:Core/defaultSecurityList:DefaultSecurityList"
    changed_in_place = frozenset(
        {"definedTags", "displayName", "egressSecurityRules", "freeformTags", "ingressSecurityRules"}
    )

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Take over the VCN's list."""
        list_id = inputs["manageDefaultResourceId"]
        rules = {name: inputs.get(name, []) for name, _, _ in DIRECTIONS}
        return list_id, self.update(list_id, {}, inputs | rules)
