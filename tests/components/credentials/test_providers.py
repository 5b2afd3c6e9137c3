"""What each provider can log in with, and what is said when it can't."""

import json
from pathlib import Path

import pytest

from components.credentials.providers import azure, cloudflare, oracle, tailscale
from components.credentials.sources import Sources

NOWHERE = Path("/nonexistent")
KEY = {"tenancyOcid": "t", "userOcid": "u", "fingerprint": "f", "privateKey": "k", "region": "r"}


def sources(
    settings: dict[str, str] | None = None, environment: dict[str, str] | None = None, home: Path = NOWHERE
) -> Sources:
    """Settings by `namespace:name`, and variables."""
    return Sources(lambda namespace, name: (settings or {}).get(f"{namespace}:{name}"), environment or {}, home)


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ({f"oci:{name}": value for name, value in KEY.items()}, {}),
        ({}, {"TF_VAR_tenancy_ocid": "t", "TF_VAR_user_ocid": "u", "TF_VAR_fingerprint": "f", "TF_VAR_region": "r"}
         | {"TF_VAR_private_key_path": "/key.pem"}),
        ({"oci:region": "r"}, {"OCI_TENANCY_OCID": "t", "OCI_USER_OCID": "u", "OCI_FINGERPRINT": "f"}
         | {"OCI_PRIVATE_KEY": "k"}),
        ({"oci:auth": "InstancePrincipal", "oci:region": "r"}, {}),
        ({"oci:region": "r"}, {"OCI_AUTH": "ResourcePrincipal"}),
    ],
)  # fmt: skip
def test_oracle_takes(settings: dict[str, str], environment: dict[str, str]) -> None:
    assert oracle(sources(settings, environment)) is None


def profile(home: Path, text: str) -> Path:
    """A home with a profile of Oracle's tools."""
    (home / ".oci").mkdir()
    (home / ".oci" / "config").write_text(text)
    return home


PROFILE = "tenancy=t\nuser=u\nfingerprint=f\nkey_file=~/key.pem\nregion=r\n"


def test_oracle_takes_a_profile(tmp_path: Path) -> None:
    home = profile(tmp_path, f"[DEFAULT]\n{PROFILE}")
    assert oracle(sources(home=home)) is None


def test_oracle_takes_the_profile_that_is_named(tmp_path: Path) -> None:
    home = profile(tmp_path, f"[mine]\n{PROFILE}")
    assert oracle(sources({"oci:configFileProfile": "mine"}, home=home)) is None
    assert oracle(sources({}, {"TF_VAR_config_file_profile": "mine"}, home)) is None
    assert oracle(sources(home=home)) is not None
    assert oracle(sources({"oci:configFileProfile": "other"}, home=home)) is not None


def test_oracle_takes_each_value_from_where_it_is(tmp_path: Path) -> None:
    home = profile(tmp_path, "[DEFAULT]\ntenancy=t\nuser=u\nregion=r\n")
    assert oracle(sources({"oci:fingerprint": "f"}, {"OCI_PRIVATE_KEY": "k"}, home)) is None


def test_a_profile_that_is_none_is_as_good_as_missing(tmp_path: Path) -> None:
    assert oracle(sources(home=profile(tmp_path, "tenancy without a section"))) is not None


def test_oracle_names_what_is_missing() -> None:
    assert oracle(sources({"oci:region": "r", "oci:userOcid": "u"})) == (
        "lacks oci:tenancyOcid, oci:fingerprint and oci:privateKey, and ~/.oci/config has none."
        " Set them by `pulumi config set --secret`"
    )


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
    assert azure(sources({}, environment)) is None


def test_azure_takes_settings() -> None:
    names = ("clientId", "tenantId", "subscriptionId", "clientSecret")
    assert azure(sources({f"azure-native:{name}": "x" for name in names})) is None


@pytest.mark.parametrize(("subscriptions", "logged_in"), [([{"isDefault": True}], True), ([], False)])
def test_azure_takes_who_is_logged_in(tmp_path: Path, subscriptions: list[object], logged_in: bool) -> None:
    (tmp_path / ".azure").mkdir()
    text = json.dumps({"subscriptions": subscriptions})
    (tmp_path / ".azure" / "azureProfile.json").write_text(text, encoding="utf-8-sig")  # as `az` writes it
    assert (azure(sources(home=tmp_path)) is None) == logged_in
    assert (azure(sources({}, {"AZURE_CONFIG_DIR": str(tmp_path / ".azure")})) is None) == logged_in


@pytest.mark.parametrize(
    ("environment", "missing"),
    [
        ({}, "azure-native:subscriptionId, azure-native:tenantId, azure-native:clientId and azure-native:clientSecret"),
        ({**APPLICATION, "ARM_USE_OIDC": "true"}, "azure-native:oidcToken"),
        ({"ARM_CLIENT_SECRET": "x", "ARM_CLIENT_ID": "c", "ARM_TENANT_ID": "t"}, "azure-native:subscriptionId"),
        ({"ARM_USE_MSI": "true"}, "azure-native:subscriptionId"),
    ],
)
def test_azure_names_what_is_missing(environment: dict[str, str], missing: str) -> None:
    assert azure(sources({}, environment)) == (
        f"lacks {missing}. Set them by `pulumi config set --secret`, or run `az login`"
    )


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ({"cloudflare:apiToken": "x"}, {}),
        ({}, {"CLOUDFLARE_API_TOKEN": "x"}),
        ({}, {"CLOUDFLARE_API_KEY": "x", "CLOUDFLARE_EMAIL": "me@example.org"}),
    ],
)
def test_cloudflare_takes(settings: dict[str, str], environment: dict[str, str]) -> None:
    assert cloudflare(sources(settings, environment)) is None


@pytest.mark.parametrize(
    "environment", [{}, {"CLOUDFLARE_API_KEY": "x"}, {"CLOUDFLARE_API_USER_SERVICE_KEY": "v1.0-x"}]
)
def test_cloudflare_names_what_is_missing(environment: dict[str, str]) -> None:
    """A key without an e-mail address is none, and the one of the origin CA opens nothing else."""
    assert cloudflare(sources({}, environment)) == (
        "lacks cloudflare:apiToken. Set it by `pulumi config set --secret`, or CLOUDFLARE_API_TOKEN"
    )


@pytest.mark.parametrize(
    ("settings", "environment"),
    [
        ({"tailscale:apiKey": "x"}, {}),
        ({}, {"TAILSCALE_API_KEY": "x"}),
        ({"tailscale:oauthClientId": "c", "tailscale:oauthClientSecret": "x"}, {}),
        ({"tailscale:oauthClientId": "c"}, {"TAILSCALE_OAUTH_CLIENT_SECRET": "x"}),
        ({}, {"TAILSCALE_OAUTH_CLIENT_ID": "c", "TAILSCALE_IDENTITY_TOKEN": "x"}),
        ({}, {"TAILSCALE_OAUTH_CLIENT_ID": "c", "TAILSCALE_AUDIENCE": "api.tailscale.com/c"}),
        ({"tailscale:oauthClientId": "c", "tailscale:identityTokenEnvironmentVariableName": "T"}, {"T": "x"}),
    ],
)
def test_tailscale_takes(settings: dict[str, str], environment: dict[str, str]) -> None:
    assert tailscale(sources(settings, environment)) is None


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, "tailscale:oauthClientId and tailscale:oauthClientSecret"),
        ({"tailscale:oauthClientId": "c"}, "tailscale:oauthClientSecret"),
        ({"tailscale:oauthClientSecret": "x"}, "tailscale:oauthClientId"),
    ],
)
def test_tailscale_names_what_is_missing(settings: dict[str, str], missing: str) -> None:
    assert tailscale(sources(settings)) == f"lacks {missing}. Set them by `pulumi config set --secret`"
