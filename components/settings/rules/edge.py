"""Rules of the front door: what visitors need to find an ingress, and an ingress to have its ports."""

from components.settings.edge import Edge
from components.settings.errors import Finding, path
from components.settings.hosts import ExistingHost
from components.settings.ingress import Ingress
from components.settings.k3s import K3s
from components.settings.rules.rule import Findings, Hosts


def ingress_and_domain_come_together(hosts: Hosts, edge: Edge) -> Findings:
    """Visitors ask for names of the domain, and are sent to hosts with the role ingress."""
    ingresses = [name for name, host in hosts.items() if "ingress" in host.roles]
    if ingresses and not edge.domain:
        users = " and ".join(ingresses)
        yield Finding("edge.domain", f"is missing, and needed by {users} for the role ingress. Add it.")
    if edge.domain and not ingresses:
        yield Finding("edge.domain", "needs a host with the role ingress, and there is none. Add the role to a host.")


def ingress_has_a_public_address(hosts: Hosts) -> Findings:
    """Hosts of clouds get one; what a machine at home has, only its owner knows."""
    for name, host in hosts.items():
        if isinstance(host, ExistingHost) and "ingress" in host.roles and not host.public_address:
            yield Finding(
                path("hosts", name, "public_address"),
                "is missing, and visitors come in by it. Add the address, or remove the role ingress.",
            )


def ingress_has_ports_80_and_443(hosts: Hosts, ingress: Ingress, k3s: K3s) -> Findings:
    """They are served by servicelb or by the host itself, and by one program only."""
    if not any("ingress" in host.roles for host in hosts.values()):
        return
    if "traefik" not in k3s.disable:
        yield Finding("k3s.disable", "leaves k3s's own Traefik in place, which would take the ports. Add traefik.")
    if ingress.ports == "load-balancer" and "servicelb" in k3s.disable:
        yield Finding("k3s.disable", "has servicelb, which serves the ports. Remove it, or set ingress.ports: host.")


def every_ingress_host_has_a_traefik(hosts: Hosts, ingress: Ingress) -> Findings:
    """Names point at each of them; and each has its ports once."""
    count, replicas = sum("ingress" in host.roles for host in hosts.values()), ingress.replicas
    if not count or replicas is None:
        return
    if ingress.ports == "host" and replicas > count:
        problem = f"{replicas} can't have ports 80 and 443 on {count} host{'s' * (count > 1)}"
        yield Finding("ingress.replicas", f"{problem}. Use {count}, or null.")
    elif replicas < count and (ingress.ports == "host" or ingress.traffic_policy == "Local"):
        problem = (
            f"{replicas} leaves one of {count} hosts with the role ingress without any, and visitors are sent there"
        )
        yield Finding("ingress.replicas", f"{problem}. Use {count}, or null.")
