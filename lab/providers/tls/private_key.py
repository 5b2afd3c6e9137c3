"""tls.PrivateKey, and the function that returns the public key of a private key."""

from collections.abc import Iterator

from pulumi.provider.experimental import provider as sdk

from lab.providers.properties import has_unknown
from lab.providers.stand_in import ResourceType, Values
from lab.providers.tls.keys import (
    ALGORITHMS,
    CURVES,
    algorithm_of,
    id_of,
    make_key,
    private_notations,
    public_notations,
    read_key,
)

SMALLEST_RSA_KEY = 1024
"""In bits. The Python library creates no smaller key."""


class PrivateKey(ResourceType):
    """A private key. Any change replaces it."""

    published_as = "tls:index/privateKey:PrivateKey"
    secret = frozenset({"privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"})

    def defaults(self, inputs: Values) -> Values:
        return {"ecdsaCurve": "P224", "rsaBits": 2048}

    def check(self, inputs: Values) -> Iterator[sdk.CheckFailure]:
        if not has_unknown(inputs["algorithm"]) and inputs["algorithm"] not in ALGORITHMS:
            yield sdk.CheckFailure("algorithm", f"algorithm must be one of {', '.join(ALGORITHMS)}")
        if not has_unknown(inputs["ecdsaCurve"]) and inputs["ecdsaCurve"] not in CURVES:
            yield sdk.CheckFailure("ecdsaCurve", f"ecdsaCurve must be one of {', '.join(CURVES)}")
        if not has_unknown(inputs["rsaBits"]) and inputs["rsaBits"] < SMALLEST_RSA_KEY:
            yield sdk.CheckFailure("rsaBits", f"rsaBits must be at least {SMALLEST_RSA_KEY}")

    def is_replaced_by(self, path: str) -> bool:
        return True

    def create(self, inputs: Values) -> tuple[str, Values]:
        key = make_key(inputs["algorithm"], inputs["ecdsaCurve"], inputs["rsaBits"])
        return id_of(key), inputs | private_notations(key) | public_notations(key)

    def delete(self, resource_id: str, state: Values) -> None:
        """Nothing to do: the key is in the state only."""


def get_public_key(arguments: Values) -> Values:
    """tls.getPublicKey: the public key of `privateKeyPem` or `privateKeyOpenssh`."""
    name = "privateKeyPem" if arguments.get("privateKeyPem") else "privateKeyOpenssh"
    if not arguments.get(name):
        raise RuntimeError("getPublicKey: give privateKeyPem or privateKeyOpenssh")
    key = read_key(arguments[name], name)
    return {"id": id_of(key), "algorithm": algorithm_of(key), **arguments, **public_notations(key)}
