"""Rules for the ingress: it needs a domain, hosts and ports."""

from components.settings.edge import Edge
from components.settings.errors import Finding
from components.settings.ingress import Ingress
from components.settings.k3s import K3s
from components.settings.rules.rule import Findings, Hosts


def ingress_and_domain_come_together(hosts: Hosts, edge: Edge) -> Findings:
    """DNS names of the domain point at hosts with the role ingress, so both must exist."""
    ingresses = [name for name, host in hosts.items() if "ingress" in host.roles]
    if ingresses and not edge.domain:
        users = " and ".join(ingresses)
        yield Finding("edge.domain", f"is missing, and needed by {users} for the role ingress. Add it.")
    if edge.domain and not ingresses:
        yield Finding("edge.domain", "needs a host with the role ingress, but none has it. Add the role to a host.")


def ingress_has_ports_80_and_443(hosts: Hosts, ingress: Ingress, k3s: K3s) -> Findings:
    """Either servicelb or host ports serve them, and only one program can."""
    if not any("ingress" in host.roles for host in hosts.values()):
        return
    if "traefik" not in k3s.disable:
        yield Finding("k3s.disable", "does not list traefik, so k3s's own Traefik would use the ports. Add traefik.")
    if ingress.ports == "load-balancer" and "servicelb" in k3s.disable:
        yield Finding(
            "k3s.disable", "lists servicelb, which is needed for the ports. Remove it, or set ingress.ports: host."
        )


def every_ingress_host_has_a_traefik(hosts: Hosts, ingress: Ingress) -> Findings:
    """DNS names point at every ingress host, and each host has its ports only once."""
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
