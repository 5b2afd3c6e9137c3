"""Groups, networks, public addresses and interfaces: what Azure refuses, what changes in place, what goes when."""

from typing import Any

import pytest

from lab.providers import published
from lab.providers.azure_native.cloud import CloudError
from lab.providers.properties import plain_map
from tests.lab.providers.azure_native.cloud import (
    GROUP,
    Azure,
    address_inputs,
    interface_inputs,
    machine_inputs,
    rule,
)

RANGES = ["10.1.0.0/16", "fd4b::/48"]


def put_network(azure: Azure, ranges: list[str], **inputs: Any) -> None:
    """Change the network."""
    azure.put("VirtualNetwork", azure.network, addressSpace={"addressPrefixes": ranges}, **inputs)


def make_subnet(azure: Azure, name: str, *ranges: str) -> None:
    """Make another subnet."""
    azure.make("Subnet", name, virtualNetworkName="net", addressPrefixes=list(ranges))


def public_of(azure: Azure) -> tuple[str | None, str | None]:
    """Public addresses of the host."""
    return azure.machines.public["azure-1"]


def test_outputs_are_those_of_the_published_types(azure: Azure) -> None:
    made = {
        "ResourceGroup": azure.group,
        "VirtualNetwork": azure.network,
        "Subnet": azure.subnet,
        "NetworkSecurityGroup": azure.group_of("group", rule("web", 100)),
        "PublicIPAddress": azure.address("a"),
        "NetworkInterface": azure.interface("nic"),
        "Disk": azure.disk("data"),
    }
    for kind, resource in made.items():
        names = {name for name in resource.outputs if name != "__inputs"}
        assert names <= published.output_names(azure.caller(kind).token), kind


def test_ids_are_paths(azure: Azure) -> None:
    assert azure.group.resource_id == f"/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/{GROUP}"
    network = f"{azure.group.resource_id}/providers/Microsoft.Network/virtualNetworks/net"
    assert azure.subnet.resource_id == f"{network}/subnets/hosts"


def test_a_name_that_is_not_given_is_made_up_and_kept(azure: Azure) -> None:
    caller = azure.caller("PublicIPAddress")
    inputs = {"resourceGroupName": GROUP, **address_inputs()}
    made = caller.create(**inputs)
    assert made.outputs["name"].startswith("it")
    assert len(made.outputs["name"]) == len("it") + 8


def test_refuses_a_group_that_is_not_there(azure: Azure) -> None:
    with pytest.raises(CloudError, match=r"ResourceGroupNotFound: Resource group 'other' could not be found\."):
        azure.make("PublicIPAddress", "a", resourceGroupName="other", location="westeurope", **address_inputs())


def test_refuses_a_region_and_a_name_that_can_not_be(azure: Azure) -> None:
    with pytest.raises(ValueError, match="'westeurop' is none of Azure's regions"):
        azure.make("PublicIPAddress", "a", location="westeurop", **address_inputs())
    with pytest.raises(ValueError, match=r"publicIpAddressName: 'a b' is no name"):
        azure.make("PublicIPAddress", "a b", **address_inputs())


def test_a_resource_stays_in_its_region(azure: Azure) -> None:
    group = azure.group_of("group")
    with pytest.raises(CloudError, match="InvalidResourceLocation: it already exists in location 'westeurope'"):
        azure.put("NetworkSecurityGroup", group, location="northeurope")


def test_a_group_that_goes_takes_all_along(azure: Azure) -> None:
    azure.launch("azure-1", azure.open_interface("nic"))
    azure.disk("data")
    azure.end("ResourceGroup", azure.group)
    assert not azure.machines.specs
    assert not azure.machines.volumes
    assert azure.caller("Subnet").read(azure.subnet, {}).resource_id == ""
    azure.end("Subnet", azure.subnet)


@pytest.mark.parametrize(
    ("ranges", "code"),
    [
        (["10.2.0.0/24"], "NetcfgInvalidSubnet"),
        (["10.1.0.128/25"], "NetcfgSubnetRangesOverlap: .* overlaps subnet hosts"),
        (["10.1.1.1/24"], r"InvalidCIDRNotation: .* should be 10\.1\.1\.0/24"),
        (["nonsense"], "InvalidAddressPrefixFormat"),
        (["10.1.1.0/30"], "NetcfgInvalidSubnet: .* a /29 or larger"),
        (["10.1.1.0/24", "fd4b:0:0:1::/63"], "InvalidCIDRNotation"),
        (["10.1.1.0/24", "fd4b:0:0:2::/63"], "InvalidIPv6SubnetPrefixLength"),
        ([], "addressPrefix or addressPrefixes is required"),
    ],
)
def test_refuses_subnets_that_can_not_be(azure: Azure, ranges: list[str], code: str) -> None:
    with pytest.raises(CloudError, match=code):
        make_subnet(azure, "other", *ranges)


def test_refuses_a_subnet_of_a_network_that_is_not_there(azure: Azure) -> None:
    with pytest.raises(CloudError, match="ParentResourceNotFound"):
        azure.make("Subnet", "x", virtualNetworkName="y", addressPrefix="10.0.0.0/24")


def test_ranges_of_a_network_hold_its_subnets_and_do_not_overlap(azure: Azure) -> None:
    put_network(azure, [*RANGES, "10.2.0.0/16"])
    with pytest.raises(CloudError, match="subnet hosts is outside of its new ranges"):
        put_network(azure, ["10.2.0.0/16"])
    with pytest.raises(CloudError, match="AddressPrefixesOverlap"):
        put_network(azure, [*RANGES, "10.1.4.0/24"])


def test_subnets_named_in_a_network_are_just_those(azure: Azure) -> None:
    put_network(azure, RANGES, subnets=[{"name": name, "addressPrefix": f"10.1.{at}.0/24"} for at, name in ((1, "a"),)])
    assert azure.caller("Subnet").read(azure.subnet, {}).resource_id == "", "it was not among them"
    put_network(azure, RANGES)
    shown = plain_map(azure.caller("VirtualNetwork").read(azure.network, {}).properties)["subnets"]
    assert len(shown) == 1, "where none are named, those that are there stay"


def test_refuses_to_delete_a_subnet_in_use(azure: Azure) -> None:
    interface = azure.interface("nic")
    for kind, made in (("Subnet", azure.subnet), ("VirtualNetwork", azure.network)):
        with pytest.raises(CloudError, match=r"subnet hosts: InUseSubnetCannotBeDeleted: is in use by .*/nic"):
            azure.end(kind, made)
    with pytest.raises(CloudError, match="InUsePrefixCannotBeDeleted"):
        azure.put("Subnet", azure.subnet, virtualNetworkName="net", addressPrefixes=["10.1.8.0/24"])
    for kind, made in (("NetworkInterface", interface), ("Subnet", azure.subnet), ("VirtualNetwork", azure.network)):
        azure.end(kind, made)
        azure.end(kind, made)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"sku": {"name": "Basic"}}, "IPv4BasicSkuPublicIpCountLimitReached"),
        ({"sku": {}}, "ask for sku.name Standard"),
        ({"publicIPAllocationMethod": "Dynamic"}, "must have AllocationMethod set to Static"),
        ({"publicIPAddressVersion": "IPv5"}, "IPv4 or IPv6"),
        ({"publicIPPrefix": {"id": "x"}}, "NotInTheLab: .* no publicIPPrefix"),
    ],
)
def test_refuses_public_addresses_that_azure_has_no_more(azure: Azure, change: dict[str, Any], reason: str) -> None:
    with pytest.raises(CloudError, match=reason):
        azure.address("a", **change)


def test_public_addresses_are_the_lowest_free_ones_and_stay(azure: Azure) -> None:
    made = [azure.address(name) for name in "abc"]
    assert [one.outputs["ipAddress"] for one in made] == ["198.51.100.132", "198.51.100.133", "198.51.100.134"]
    azure.end("PublicIPAddress", made[0])
    assert azure.address("d").outputs["ipAddress"] == "198.51.100.132"
    again = azure.put("PublicIPAddress", made[1], idleTimeoutInMinutes=5, **address_inputs())
    assert again.outputs["ipAddress"] == "198.51.100.133"


def test_a_public_address_is_for_one_interface_until_that_is_gone(azure: Azure) -> None:
    address = azure.address("a")
    interface = azure.interface("one", azure.configuration(public=address))
    with pytest.raises(CloudError, match=r"PublicIPAddressInUse: .* already allocated"):
        azure.interface("two", azure.configuration(public=address))
    with pytest.raises(CloudError, match="PublicIPAddressCannotBeDeleted"):
        azure.end("PublicIPAddress", address)
    azure.end("NetworkInterface", interface)
    azure.end("PublicIPAddress", address)


def test_interfaces_have_the_lowest_free_addresses_behind_azures_own(azure: Azure) -> None:
    made = [azure.interface(name) for name in ("one", "two")]
    assert [one.outputs["ipConfigurations"][0]["privateIPAddress"] for one in made] == ["10.1.0.4", "10.1.0.5"]
    again = azure.put("NetworkInterface", made[1], tags={"a": "b"}, **interface_inputs([azure.configuration()]))
    assert again.outputs["ipConfigurations"][0]["privateIPAddress"] == "10.1.0.5"
    static: dict[str, Any] = {"privateIPAddress": "10.1.0.9", "privateIPAllocationMethod": "Static"}
    assert azure.interface("three", azure.configuration(**static)).outputs["ipConfigurations"][0]["primary"]
    with pytest.raises(CloudError, match="PrivateIPAddressInUse"):
        azure.interface("four", azure.configuration(**static))


@pytest.mark.parametrize(
    ("configurations", "reason"),
    [
        ([{"privateIPAddressVersion": "IPv6"}], "NetworkInterfaceMustHaveIPv4"),
        ([{}, {"name": "b"}], "at most one for IPv6"),
        ([{}, {"name": "b", "privateIPAddressVersion": "IPv6", "primary": True}], "just the one for IPv4 is primary"),
        ([{"name": ""}], "needs a name"),
        ([{"privateIPAddress": "10.1.0.4"}], "IpConfigurationStaticPrivateIPAddressMismatch"),
        ([{"privateIPAddress": "10.1.0.1", "privateIPAllocationMethod": "Static"}], "is reserved or not in"),
        ([{"privateIPAddress": "10.9.0.9", "privateIPAllocationMethod": "Static"}], "is reserved or not in"),
        ([{"subnet": {"id": "x"}}], "InvalidResourceReference: Resource x"),
        ([{"publicIPAddress": {"id": "x"}}], "InvalidResourceReference: Resource x"),
        ([{"gatewayLoadBalancer": {"id": "x"}}], "NotInTheLab"),
    ],
)
def test_refuses_interfaces_that_can_not_be(azure: Azure, configurations: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(CloudError, match=reason):
        azure.interface("nic", *(azure.configuration() | each for each in configurations))


def test_a_public_address_fits_its_configuration(azure: Azure) -> None:
    with pytest.raises(CloudError, match="PublicIpAndPrivateIpVersionMismatch"):
        azure.interface("nic", azure.configuration(public=azure.address("a", "IPv6")))


def test_a_subnet_without_ipv6_has_none_to_give(azure: Azure) -> None:
    make_subnet(azure, "plain", "10.1.5.0/24")
    subnet = {"id": azure.subnet.resource_id.replace("hosts", "plain")}
    with pytest.raises(CloudError, match="subnet plain has no IPv6 prefix"):
        azure.interface("nic", *(azure.configuration(version, subnet=subnet) for version in ("IPv4", "IPv6")))


def test_a_public_address_comes_and_goes_while_the_machine_runs(azure: Azure) -> None:
    interface = azure.interface("nic")
    azure.launch("azure-1", interface)
    assert public_of(azure) == (None, None)
    inputs = interface_inputs([azure.configuration(public=azure.address("a"))])
    interface = azure.put("NetworkInterface", interface, **inputs)
    assert public_of(azure) == ("198.51.100.132", None)
    azure.put("NetworkInterface", interface, **interface_inputs([azure.configuration()]))
    assert public_of(azure) == (None, None)


def test_a_machine_keeps_its_private_addresses(azure: Azure) -> None:
    interface = azure.interface("nic")
    azure.launch("azure-1", interface)
    static: dict[str, Any] = {"privateIPAddress": "10.1.0.9", "privateIPAllocationMethod": "Static"}
    with pytest.raises(CloudError, match="keep their private addresses"):
        azure.put("NetworkInterface", interface, **interface_inputs([azure.configuration(**static)]))


def test_refuses_to_delete_the_interface_of_a_machine(azure: Azure) -> None:
    interface = azure.interface("nic")
    machine = azure.make("VirtualMachine", "azure-1", **machine_inputs("azure-1", interface))
    with pytest.raises(CloudError, match="NicInUse: is in use by azure-1"):
        azure.end("NetworkInterface", interface)
    azure.end("VirtualMachine", machine)
    azure.end("NetworkInterface", interface)


@pytest.mark.parametrize(
    ("kind", "change", "replaces"),
    [
        ("VirtualNetwork", {"addressSpace": {"addressPrefixes": ["10.1.0.0/16"]}}, False),
        ("VirtualNetwork", {"location": "northeurope"}, True),
        ("Subnet", {"addressPrefixes": ["10.1.8.0/24"]}, False),
        ("Subnet", {"virtualNetworkName": "other"}, True),
        ("PublicIPAddress", {"sku": {"name": "Basic"}}, True),
        ("PublicIPAddress", {"publicIPAddressVersion": "IPv6"}, True),
        ("PublicIPAddress", {"idleTimeoutInMinutes": 9}, False),
        ("NetworkInterface", {"ipConfigurations": []}, False),
        ("NetworkInterface", {"networkInterfaceName": "other"}, True),
        ("NetworkSecurityGroup", {"securityRules": [rule("web", 100)]}, False),
        ("NetworkSecurityGroup", {"tags": {"stack": "lab"}}, False),
        ("ResourceGroup", {"location": "northeurope"}, True),
    ],
)
def test_replaces_where_the_published_provider_does(
    azure: Azure, kind: str, change: dict[str, Any], replaces: bool
) -> None:
    made = {
        "ResourceGroup": azure.group,
        "VirtualNetwork": azure.network,
        "Subnet": azure.subnet,
        "PublicIPAddress": azure.address("a"),
        "NetworkInterface": azure.interface("nic"),
        "NetworkSecurityGroup": azure.group_of("group"),
    }[kind]
    diff = azure.caller(kind).diff(made, **made.outputs["__inputs"] | change)
    assert [path.split(".")[0] for path in diff.diffs] == list(change)
    assert bool(diff.replaces) is replaces
