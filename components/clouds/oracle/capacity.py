"""Explains Oracle's error "Out of host capacity" and what to change. A Pulumi program can't try elsewhere by itself."""

import asyncio

import pulumi

from components.clouds.oracle.host_settings import OracleHost

FAULT_DOMAINS = ("FAULT-DOMAIN-1", "FAULT-DOMAIN-2", "FAULT-DOMAIN-3")


def explained(name: str, wanted: OracleHost, domain: str, domains: pulumi.Output[list[str]]) -> pulumi.ErrorHook:
    """An error hook for an instance. If its creation fails for lack of capacity, the hook prints what to change.

    A hook can only repeat the same creation. That is useless: the same domain is as full a minute later.
    """

    async def explain(failed: pulumi.ErrorHookArgs) -> bool:
        if any(is_out_of_capacity(error) for error in failed.errors[:1]):
            known: asyncio.Future[list[str]] = asyncio.get_running_loop().create_future()
            domains.apply(known.set_result)
            pulumi.log.error(advice(name, wanted, domain, await known))
        return False

    return pulumi.ErrorHook(f"{name}-capacity", explain)


def is_out_of_capacity(error: str) -> bool:
    """Whether Oracle lacks free machines. (A limit of the account is another error.)"""
    return "out of host capacity" in error.lower() or "OutOfCapacity" in error


def advice(name: str, wanted: OracleHost, domain: str, domains: list[str]) -> str:
    """One line with alternatives: another fault domain if the settings name one, then the next availability domain."""
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
        f"{name}: Oracle has no {wanted.shape} left in {where} at the moment, as often with free shapes. Try another: "
        f"{'; or '.join([*ways, f'another {key}.shape'])}; or run `pulumi up` again later."
    )


def _after(domain: str, domains: list[str]) -> list[str]:
    """The other domains, beginning with the next one."""
    if domain not in domains:
        return domains
    at = domains.index(domain)
    return [*domains[at + 1 :], *domains[:at]]
