"""The policy pack's rule on secrets: what it says, and that it says no secret itself."""

import pulumi
import pytest

from policies.plain_text import no_secret_is_in_plain_text
from policies.sdk import SecretText
from tests.policies.asked import ask
from tests.policies.mutations import CONFIG_MAP, KEY, MUTATIONS, PLAIN, TOKEN

SECRETS = ("a-password", "b3BlbnNzaC1rZXk", TOKEN[20:], "CNTRL-aaaaaaaaaaaa", "YS1wYXNzd29yZA")


@pytest.mark.parametrize("case", [case for case in MUTATIONS if case.rule == PLAIN], ids=lambda case: case.kind)
def test_no_message_has_the_secret(case: object) -> None:
    (message,) = ask(no_secret_is_in_plain_text, case.kind, **case.inputs)  # type: ignore[attr-defined]
    assert not any(secret in message for secret in SECRETS)


@pytest.mark.parametrize(
    "inputs",
    [
        {"adminPassword": "x"},
        {"osProfile": {"admin_password": "x"}},
        {"users": [{"name": "a", "Private-Key": "x"}]},
        {"note": f"key: {KEY}"},
        {"source": pulumi.StringAsset(KEY)},
        {"kubeconfig": f"users: [{{user: {{client-key-data: {'A' * 60}}}}}]"},
        {"customData": "I2Nsb3VkLWNvbmZpZwpydW5jbWQ6IFt0c2tleS1hdXRoLWtFeGFtcGxlMTFDTlRSTC1hYWFhYWFhYWFhYWFdCg=="},
    ],
    ids=["Azure's", "deep", "in a list", "its shape", "a file", "a kubeconfig", "in base64"],
)
def test_refuses_in_plain_text(inputs: dict[str, object]) -> None:
    (message,) = ask(no_secret_is_in_plain_text, "cloud:index:Thing", **inputs)
    assert "has a secret in plain text, which the state and every diff show. Mark it as secret" in message


@pytest.mark.parametrize(
    "inputs",
    [
        {"adminPassword": SecretText("x")},
        {"adminPassword": ""},
        {"disablePasswordAuthentication": True, "passwordLength": "20"},
        {"source": pulumi.StringAsset(SecretText(KEY))},
        {"publicKey": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEZ5YwBKbnFaVUJz"},
    ],
    ids=["marked", "empty", "names like it", "a marked file", "the public half"],
)
def test_allows(inputs: dict[str, object]) -> None:
    assert ask(no_secret_is_in_plain_text, "cloud:index:Thing", **inputs) == []


def test_says_where_a_secret_belongs() -> None:
    (message,) = ask(no_secret_is_in_plain_text, CONFIG_MAP, data={"a": SecretText("x")})
    assert message == "thing: data.a is a secret in a ConfigMap, which many may read. Use a Secret."
    (message,) = ask(no_secret_is_in_plain_text, "command:local:Command", update=SecretText("x"))
    assert message.endswith("Pass it by stdin.")
