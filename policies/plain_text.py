"""No secret is in plain text: in the state, in a diff, on a command line, or in what every reader of the cluster sees.

A secret goes to a step by stdin, to a pod by a Secret, and to a provider marked as secret.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from policies.exit_node.contents import contents
from policies.exit_node.sources import USER_DATA
from policies.known import as_map, known
from policies.rule import mandatory
from policies.sdk import SecretText
from policies.secret_shapes import secrets_in
from policies.steps import secrets_of

NAMES = {
    *("password", "adminpassword", "passphrase", "privatekey", "privatekeypem", "privatekeyopenssh", "caprivatekeypem"),
    *("privatekeypassword", "authkey", "apikey", "apitoken", "clientsecret", "secretkey", "secretaccesskey"),
}
"""Names of inputs that are secrets whatever they hold, in small letters, without `-` and `_`."""
ARGUMENTS = ("create", "update", "delete")
READ_BY_ALL = re.compile(r"(^|\.)(env\.\d+\.value|(command|args)\.\d+)$")
"""Places in the description of a pod."""
MARK = (
    "Mark it as secret: pulumi.Output.secret, or `pulumi config set --secret`. If others have seen it, get a new one."
)

Leaf = tuple[str, str, str]
"""Place in the resource, the last name in it, and the text."""


def plain_secrets(kind: str, props: Mapping[str, Any]) -> Iterator[str]:
    """Each secret that somebody else could read. No message has the secret itself. `kind` is the type token."""
    inputs = known(props)
    for place, name, text in _leaves(inputs, "", ""):
        if isinstance(text, SecretText):
            yield from _shown(kind, place)
        elif _is_secret(kind, place, name, text):
            yield f"{place} has a secret in plain text, which the state and every diff show. {MARK}"


def _shown(kind: str, place: str) -> Iterator[str]:
    """Where a secret does not stay one, although it is marked."""
    if kind.startswith("command:") and place in ARGUMENTS:
        yield (
            f"{place} has a secret: every user of the host sees command lines, and a command that fails is printed"
            " whole. Pass it by stdin."
        )
    if kind.startswith("kubernetes:") and kind.endswith(":ConfigMap"):
        yield f"{place} is a secret in a ConfigMap, which many may read. Use a Secret."
    elif kind.startswith("kubernetes:") and READ_BY_ALL.search(place):
        yield f"{place} is a secret in the description of a pod, which many may read. Use a Secret, and refer to it."


def _is_secret(kind: str, place: str, name: str, text: str) -> bool:
    plain = re.sub("[-_]", "", name).lower()
    if plain in NAMES or (kind == "kubernetes:core/v1:Secret" and place.startswith(("data.", "stringData."))):
        return bool(text.strip())
    if kind.startswith("command:") and place == "stdin" and secrets_of(text):
        return True
    texts = contents(text) if plain in USER_DATA else (text,)
    return any(secrets_in(one) for one in texts)


def _leaves(value: object, place: str, name: str) -> Iterator[Leaf]:
    if isinstance(value, pulumi.StringAsset):
        value = value.text
    if isinstance(value, str):
        yield place, name, value
    elif isinstance(value, Mapping):
        for key, inner in as_map(value).items():
            yield from _leaves(inner, f"{place}.{key}".lstrip("."), str(key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{place}.{index}", name)


no_secret_is_in_plain_text = mandatory(
    "no-secret-is-in-plain-text", "Secrets are encrypted in the state, and shown to nobody.", plain_secrets
)
