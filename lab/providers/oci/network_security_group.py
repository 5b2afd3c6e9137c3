"""`oci.core.NetworkSecurityGroup`, and its rules, which are resources: packet filters for the cards in the group."""

from collections.abc import Iterator
from typing import Any

from pulumi.provider.experimental.provider import CheckFailure

from lab.providers.oci.cloud import Cloud, CloudError, Records, now, of_type, outputs_of, required
from lab.providers.oci.core_type import CoreType, refuse_used
from lab.providers.oci.firewall import Firewall
from lab.providers.oci.security_rules import SIDES, group_rule_of
from lab.providers.oci.vnic import instances_in_group
from lab.providers.properties import has_unknown
from lab.providers.stand_in import Values

GROUP = "networksecuritygroup"
MOST_GROUPS = 5
MOST_RULES = 120


class NetworkSecurityGroup(CoreType):
    """A group of network cards. Its rules apply in addition to those of their subnets."""

    published_as = "oci:Core/networkSecurityGroup:NetworkSecurityGroup"
    kind = GROUP

    def __init__(self, cloud: Cloud, firewall: Firewall) -> None:
        super().__init__(cloud)
        self.firewall = firewall

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Create the group, empty and without rules."""
        group_id = self.cloud.new_id(self.kind)
        record = self.common(inputs, group_id)
        with self.cloud.changing() as records:
            required(records, "vcn", inputs["vcnId"], f"network security group {record['displayName']}")
            records[group_id] = record
        return group_id, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change names and tags."""
        with self.cloud.changing() as records:
            record = required(records, self.kind, resource_id, f"network security group {resource_id}") | inputs
            records[resource_id] = record
        return outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Delete the group with its rules. Refused while a card is in it or another group's rule names it."""
        what = f"network security group {state.get('displayName', resource_id)}"
        with self.cloud.changing() as records:
            refuse_used(what, instances_in_group(records, resource_id))
            rules = of_type(records, "securityrule")
            refuse_used(what, [rule for rule in rules if resource_id in (rule["source"], rule["destination"])])
            own = {ocid for ocid, record in records.items() if record.get("networkSecurityGroupId") == resource_id}
            for ocid in {resource_id} & set(records) | own:
                del records[ocid]


class NetworkSecurityGroupSecurityRule(CoreType):
    """One rule of a group. Everything can change in place, except the group."""

    published_as = "oci:Core/networkSecurityGroupSecurityRule:NetworkSecurityGroupSecurityRule"
    kind = "securityrule"
    removable = frozenset({"icmpOptions", "source", "tcpOptions", "udpOptions"})

    def __init__(self, cloud: Cloud, firewall: Firewall) -> None:
        super().__init__(cloud)
        self.firewall = firewall

    def is_replaced_by(self, path: str) -> bool:
        """Only another group, like in the published provider. Its documentation says "(Updatable)" nowhere."""
        return path == "networkSecurityGroupId"

    def check(self, inputs: Values) -> Iterator[CheckFailure]:
        """Refuse rules that Oracle refuses, or that the lab can't enforce."""
        yield from super().check(inputs)
        if has_unknown([inputs["direction"], inputs["protocol"], *map(inputs.get, ("source", "destination"))]):
            return
        try:
            list(group_rule_of(inputs))
        except ValueError as error:
            yield CheckFailure(inputs.get("description", "direction"), str(error))

    def create(self, inputs: Values) -> tuple[str, Values]:
        """Add the rule. It is effective at once."""
        rule_id = self.cloud.new_id(self.kind)[-6:].upper()  # short like Oracle's IDs, and unique within the group
        record = new_rule(inputs) | {"isValid": True, "timeCreated": now(), "_type": self.kind}
        with self.cloud.changing() as records:
            require_groups(records, record)
            group_id = inputs["networkSecurityGroupId"]
            if len(of_type(records, self.kind, lambda one: one["networkSecurityGroupId"] == group_id)) >= MOST_RULES:
                raise CloudError(f"{label(record)}: 400-LimitExceeded: a group has at most {MOST_RULES} rules")
            records[rule_id] = record
        self.firewall.apply()
        return rule_id, outputs_of(record)

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change the rule. The change is effective at once."""
        with self.cloud.changing() as records:
            before = required(records, self.kind, resource_id, f"rule {resource_id}")
            record = before | new_rule(inputs)
            require_groups(records, record)
            records[resource_id] = record
        self.firewall.apply()
        return outputs_of(record)

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove the rule from its group."""
        with self.cloud.changing() as records:
            records.pop(resource_id, None)
        self.firewall.apply()


def new_rule(inputs: Values) -> Values:
    """The outputs of a rule that come from its inputs."""
    side = SIDES[inputs["direction"]][0]
    return {
        "description": "",
        "destination": None,
        "destinationType": None,
        "icmpOptions": None,
        "source": None,
        "sourceType": None,
        "stateless": False,
        "tcpOptions": None,
        "udpOptions": None,
        f"{side}Type": "CIDR_BLOCK",
        **inputs,
    }


def require_groups(records: Records, rule: Values) -> None:
    """Raise CloudError unless the rule's group exists. If its other side is a group, that one must exist, too."""
    group = required(records, GROUP, rule["networkSecurityGroupId"], label(rule))
    for side in ("source", "destination"):
        if rule[f"{side}Type"] == "NETWORK_SECURITY_GROUP":
            require_group(records, rule[side], group["vcnId"], label(rule))


def require_group(records: Records, group_id: Any, vcn_id: str, what: str) -> None:
    """Raise CloudError unless the group exists in the VCN."""
    if required(records, GROUP, group_id, what)["vcnId"] != vcn_id:
        raise CloudError(f"{what}: 400-InvalidParameter: {GROUP} {group_id} is of another VCN")


def label(rule: Values) -> str:
    """A name for a rule in errors. Rules have no names of their own."""
    return f"security rule {rule['direction']} {rule['description']}".rstrip()
