"""Cables: what `ip` is told at both ends, and names that fit the kernel."""

from lab.lab import SERVICE_ADDRESSES, SERVICES_NETWORK
from lab.network.links import Link, interface_name, render_far_end, render_router_end
from lab.network.namespaces import LINKS

HOST = Link("oracle-1", ("10.0.0.11",), "10.0.0.0/24", "10.0.0.1")


def test_the_routers_end_routes_the_host_by_itself() -> None:
    assert render_router_end(HOST, "lab-1a2b.oracle-1").splitlines() == [
        "link add to-oracle-1 type veth peer name eth0 netns lab-1a2b.oracle-1",
        "link set to-oracle-1 up",
        "address replace 10.0.0.1/32 dev lo",
        "route replace 10.0.0.11/32 dev to-oracle-1",
    ]


def test_the_hosts_end_reaches_even_its_subnet_through_the_router() -> None:
    assert render_far_end(HOST).splitlines() == [
        "link set lo up",
        "address add 10.0.0.11/24 dev eth0 noprefixroute",
        "link set eth0 up",
        "route add 10.0.0.1 dev eth0 scope link",
        "route add default via 10.0.0.1 src 10.0.0.11",
    ]


def test_several_addresses_share_one_cable() -> None:
    link = Link("services", SERVICE_ADDRESSES, SERVICES_NETWORK, "203.0.113.1")
    for address in SERVICE_ADDRESSES:
        assert f"route replace {address}/32 dev to-services" in render_router_end(link, "lab-1a2b.services")
        assert f"address add {address}/24 dev eth0 noprefixroute" in render_far_end(link)


def test_interface_names_fit_the_kernel_and_differ() -> None:
    long = ["a-host-with-a-long-name-1", "a-host-with-a-long-name-2", "twelve-chars", "lo"]
    names = {interface_name(name) for name in long}
    assert len(names) == len(long)
    assert all(len(name) <= 15 for name in names)


def test_ipv6_goes_by_a_gateway_that_is_the_same_on_every_cable() -> None:
    link = Link("oracle-1", ("10.0.0.11",), "10.0.0.0/24", "10.0.0.1", ("2001:db8:100::11",), "2001:db8:100::/64")
    router, host = (text.splitlines() for text in (render_router_end(link, "lab-1a2b.oracle-1"), render_far_end(link)))
    assert "address replace fe80::1/64 dev to-oracle-1 nodad" in router
    assert "route replace 2001:db8:100::11/128 dev to-oracle-1" in router
    assert "address add 2001:db8:100::11/64 dev eth0 noprefixroute nodad" in host
    assert "route add default via fe80::1 dev eth0 src 2001:db8:100::11" in host


def test_a_far_end_may_have_to_take_its_ipv6_by_itself() -> None:
    given = ("2001:db8:100::11",)
    link = Link("oracle-1", ("10.0.0.11",), "10.0.0.0/24", "10.0.0.1", given, "2001:db8:100::/64", set_up_6=False)
    assert "route replace 2001:db8:100::11/128 dev to-oracle-1" in render_router_end(link, "lab-1a2b.oracle-1")
    assert "2001" not in render_far_end(link)
    assert "fe80" not in render_far_end(link)


def test_the_last_thing_laid_is_the_route_by_which_a_whole_cable_is_told() -> None:
    for link in LINKS:
        assert render_far_end(link).splitlines()[-1].startswith("route add default via ")
        assert ":" not in render_far_end(link).splitlines()[-1]
