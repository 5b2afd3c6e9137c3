"""`azure-native.network.NetworkSecurityGroup` and `SecurityRule`: packet filters of subnets and interfaces."""

from lab.providers.azure_native.azure_type import AzureType
from lab.providers.azure_native.cloud import (
    WITH_PARENT,
    Cloud,
    key,
    parent,
    reference,
    refuse_used,
    required,
    same_id,
)
from lab.providers.azure_native.firewall import APPLICATION_GROUPS, INTERFACES, Firewall, rules_of
from lab.providers.azure_native.security_rules import (
    KIND,
    SIDES,
    application_groups,
    checked_rule,
    default_rules,
    refuse_conflicts,
)
from lab.providers.azure_native.subnet import GROUPS
from lab.providers.azure_native.subnet import KIND as SUBNETS
from lab.providers.records import Records, of_type
from lab.providers.stand_in import Values


class NetworkSecurityGroup(AzureType):
    """A list of rules. Either all of them are inline, or each is a resource of its own."""

    published_as = "azure-native:network:NetworkSecurityGroup"
    kind = GROUPS
    named_by = "networkSecurityGroupName"

    def __init__(self, cloud: Cloud, firewall: Firewall) -> None:
        super().__init__(cloud)
        self.firewall = firewall

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """Check all inline rules, and replace the present ones. Without inline rules, keep the present ones."""
        if inputs.get("securityRules") is not None:
            rules = [checked_rule(rule, inputs[self.named_by]) for rule in inputs["securityRules"]]
            refuse_conflicts(rules, inputs[self.named_by])
            for rule in rules_of(records, resource_id):
                del records[key(rule["id"])]
            for rule in rules:
                require_groups(records, rule)
                rule |= {"id": f"{resource_id}/securityRules/{rule['name']}", "_inputs": {}, WITH_PARENT: True}
                records[key(rule["id"])] = rule
        return {}

    def view(self, records: Records, record: Values) -> Values:
        """Its rules, the default rules, and the resources that use it."""
        users = {
            "networkInterfaces": users_of(records, INTERFACES, record),
            "subnets": users_of(records, SUBNETS, record),
        }
        rules = [
            {name: value for name, value in rule.items() if name != "azureApiVersion" and not name.startswith("_")}
            for rule in rules_of(records, record["id"])
        ]
        return {
            "securityRules": rules,
            "defaultSecurityRules": default_rules(record["id"]),
            **{name: [{"id": user["id"]} for user in found] for name, found in users.items() if found},
        }

    def release(self, records: Records, record: Values) -> None:
        """Refuse while an interface or a subnet uses it."""
        users = users_of(records, INTERFACES, record) + users_of(records, SUBNETS, record)
        what = f"networkSecurityGroups {record['name']}"
        refuse_used(what, "InUseNetworkSecurityGroupCannotBeDeleted", users, "take it from them first")

    def after(self, resource_id: str, before: Values | None) -> Values:
        """Make new rules effective at once."""
        if before is not None:
            self.firewall.apply()
        return super().after(resource_id, before)


class SecurityRule(AzureType):
    """One rule of a group that has no inline rules."""

    published_as = "azure-native:network:SecurityRule"
    kind = KIND
    named_by = "securityRuleName"
    within = ("networkSecurityGroupName",)
    has_location = False

    def __init__(self, cloud: Cloud, firewall: Firewall) -> None:
        super().__init__(cloud)
        self.firewall = firewall

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """Check it together with the group's other rules."""
        group_id, group = resource_id.rpartition("/securityRules/")[0], inputs["networkSecurityGroupName"]
        parent(records, group_id, group, self.what(inputs))
        left_out = ("resourceGroupName", "networkSecurityGroupName", "securityRuleName")
        given = {name: value for name, value in inputs.items() if name not in left_out}
        rule = checked_rule(given | {"name": inputs[self.named_by]}, group)
        others = [each for each in rules_of(records, group_id) if not same_id(each["id"], resource_id)]
        refuse_conflicts([*others, rule], group)
        require_groups(records, rule)
        return rule

    def after(self, resource_id: str, before: Values | None) -> Values:
        """Make the rule effective at once."""
        self.firewall.apply()
        return super().after(resource_id, before)

    def after_delete(self, record: Values) -> None:
        """Make the deletion effective at once."""
        self.firewall.apply()


class ApplicationSecurityGroup(AzureType):
    """A name for several interfaces. Rules can use it as source or destination."""

    published_as = "azure-native:network:ApplicationSecurityGroup"
    kind = APPLICATION_GROUPS
    named_by = "applicationSecurityGroupName"

    def build(self, records: Records, resource_id: str, inputs: Values, before: Values | None) -> Values:
        """It has no more outputs."""
        return {}

    def release(self, records: Records, record: Values) -> None:
        """Refuse while an interface is in it, or a rule uses it."""
        users = of_type(records, INTERFACES, lambda each: record["id"].lower() in str(each["ipConfigurations"]).lower())
        users += of_type(records, KIND, lambda rule: any(same_id(record["id"], each) for each in groups_in(rule)))
        what = f"applicationSecurityGroups {record['name']}"
        refuse_used(what, "InUseApplicationSecurityGroupCannotBeDeleted", users, "take it from them first")


def users_of(records: Records, kind: str, group: Values) -> list[Values]:
    """Subnets or interfaces that use a group."""
    return of_type(records, kind, lambda each: same_id(reference(each.get("networkSecurityGroup")), group["id"]))


def groups_in(rule: Values) -> list[str]:
    """IDs of the application security groups on both sides of a rule."""
    return [each for side in SIDES for each in application_groups(rule, side)]


def require_groups(records: Records, rule: Values) -> None:
    """Raise CloudError if an application security group of a rule does not exist."""
    for each in groups_in(rule):
        required(records, APPLICATION_GROUPS, each, f"security rule {rule['name']}")
