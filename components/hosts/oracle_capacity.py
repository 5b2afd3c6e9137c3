"""Oracle's "Out of host capacity": says what it means and where else to try, for a program can't try by itself."""

import pulumi

from components.settings.hosts import OracleHost

FAULT_DOMAINS = ("FAULT-DOMAIN-1", "FAULT-DOMAIN-2", "FAULT-DOMAIN-3")


def explained(
    name: str, wanted: OracleHost, domain: str, domains: pulumi.Output[list[str]]
) -> pulumi.ResourceHookBinding:
    """For an instance's options: when its creation fails for want of capacity, an error says what to change.

    The engine lets a program retry the very same creation, and nothing else; the same domain is as full a minute later.
    """

    async def explain(failed: pulumi.ErrorHookArgs) -> bool:
        if any(is_out_of_capacity(error) for error in failed.errors[:1]):
            known = await domains.future()
            pulumi.log.error(advice(name, wanted, domain, known or []))
        return False

    return pulumi.ResourceHookBinding(on_error=[pulumi.ErrorHook(f"{name}-capacity", explain)])


def is_out_of_capacity(error: str) -> bool:
    """Whether Oracle refused for want of machines, not for a limit of the account's own."""
    return "out of host capacity" in error.lower() or "OutOfCapacity" in error


def advice(name: str, wanted: OracleHost, domain: str, domains: list[str]) -> str:
    """One line. Offers the fault domain first if that was chosen, then the next availability domain of the region."""
    key = f"hosts.{name}"
    ways = []
    if wanted.fault_domain:
        following = FAULT_DOMAINS[(FAULT_DOMAINS.index(wanted.fault_domain) + 1) % len(FAULT_DOMAINS)]
        ways.append(f"pulumi config set --path {key}.fault_domain {following}")
    if others := _after(domain, domains):
        ways.append(f"pulumi config set --path {key}.availability_domain {others[0]}")
    elif domains:
        ways.append("this region has no other availability domain")
    where = f"{domain} {wanted.fault_domain}" if wanted.fault_domain else domain
    return (
        f"{name}: Oracle has no {wanted.shape} left in {where} at the moment; free ones are often gone. Try another: "
        f"{'; or '.join([*ways, f'another {key}.shape'])}; or run `pulumi up` again later."
    )


def _after(domain: str, domains: list[str]) -> list[str]:
    """The other domains, those that follow first."""
    if domain not in domains:
        return domains
    at = domains.index(domain)
    return [*domains[at + 1 :], *domains[:at]]
