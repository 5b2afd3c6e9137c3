"""What Azure's provider can log in with, and what is said when it can't."""

import json
from pathlib import Path

import pytest

from components.clouds.azure.credentials import missing
from tests.components.credentials.computer import sources

APPLICATION = {"ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t", "ARM_SUBSCRIPTION_ID": "s"}


@pytest.mark.parametrize(
    "environment",
    [
        {**APPLICATION, "ARM_CLIENT_SECRET": "x"},
        {**APPLICATION, "ARM_CLIENT_CERTIFICATE_PATH": "/cert.pfx"},
        {**APPLICATION, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN": "x"},
        {**APPLICATION, "ARM_USE_OIDC": "true", "ARM_OIDC_TOKEN_FILE_PATH": "/token"},
        {**APPLICATION, "ARM_USE_OIDC": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "x"},
        {"ARM_USE_MSI": "true", "ARM_SUBSCRIPTION_ID": "s"},
    ],
)
def test_azure_takes(environment: dict[str, str]) -> None:
    assert missing(sources({}, environment)) is None


def test_azure_takes_settings() -> None:
    names = ("clientId", "tenantId", "subscriptionId", "clientSecret")
    assert missing(sources({f"azure-native:{name}": "x" for name in names})) is None


@pytest.mark.parametrize(("subscriptions", "logged_in"), [([{"isDefault": True}], True), ([], False)])
def test_azure_takes_who_is_logged_in(tmp_path: Path, subscriptions: list[object], logged_in: bool) -> None:
    (tmp_path / ".azure").mkdir()
    text = json.dumps({"subscriptions": subscriptions})
    (tmp_path / ".azure" / "azureProfile.json").write_text(text, encoding="utf-8-sig")  # as `az` writes it
    assert (missing(sources(home=tmp_path)) is None) == logged_in
    assert (missing(sources({}, {"AZURE_CONFIG_DIR": str(tmp_path / ".azure")})) is None) == logged_in


@pytest.mark.parametrize(
    ("environment", "names"),
    [
        ({}, "azure-native:subscriptionId, azure-native:tenantId, azure-native:clientId and azure-native:clientSecret"),
        ({**APPLICATION, "ARM_USE_OIDC": "true"}, "azure-native:oidcToken"),
        ({"ARM_CLIENT_SECRET": "x", "ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t"}, "azure-native:subscriptionId"),
        ({"ARM_USE_MSI": "true"}, "azure-native:subscriptionId"),
    ],
)
def test_azure_names_what_is_missing(environment: dict[str, str], names: str) -> None:
    assert missing(sources({}, environment)) == (
        f"lacks {names}. Set them by `pulumi config set --secret`, or run `az login`"
    )
