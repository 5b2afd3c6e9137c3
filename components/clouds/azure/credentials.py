"""The credentials that Azure's provider accepts, as of azure-native 3.29.

OpenID Connect, a client secret or certificate, a managed identity, or `az login`.
"""

import json
from pathlib import Path

from components.credentials.sources import Sources, listed

SECRETS = ("clientSecret", "clientCertificatePassword", "oidcToken", "oidcRequestToken")
"""Settings that are secrets: what the SDK marks as one, and tokens.

Not `clientId`, which the SDK marks too: it is a name, and useless without the secret.
"""


def missing(sources: Sources) -> str | None:
    """OpenID Connect or a secret of an application, a managed identity, or who has run `az login`."""

    def has(name: str, *variables: str) -> bool:
        return sources.has("azure-native", name, *variables)

    wanted = {
        "azure-native:subscriptionId": has("subscriptionId", "ARM_SUBSCRIPTION_ID"),
        "azure-native:tenantId": has("tenantId", "ARM_TENANT_ID"),
        "azure-native:clientId": has("clientId", "ARM_CLIENT_ID"),
    }
    if sources.is_true("azure-native", "useOidc", "ARM_USE_OIDC"):
        request = "ARM_OIDC_REQUEST_TOKEN", "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
        wanted["azure-native:oidcToken"] = (
            has("oidcToken", "ARM_OIDC_TOKEN")
            or has("oidcTokenFilePath", "ARM_OIDC_TOKEN_FILE_PATH")
            or has("oidcRequestToken", *request)
        )
    elif has("clientSecret", "ARM_CLIENT_SECRET") or has("clientCertificatePath", "ARM_CLIENT_CERTIFICATE_PATH"):
        pass
    elif sources.is_true("azure-native", "useMsi", "ARM_USE_MSI") or sources.is_true(
        "azure-native", "useDefaultAzureCredential", "ARM_USE_DEFAULT_AZURE_CREDENTIAL"
    ):
        wanted = {"azure-native:subscriptionId": wanted["azure-native:subscriptionId"]}
    elif _has_login(sources):
        return None
    else:
        wanted["azure-native:clientSecret"] = False
    lacking = [name for name, there in wanted.items() if not there]
    if lacking:
        return f"lacks {listed(lacking)}. Set them by `pulumi config set --secret`, or run `az login`"
    return None


def _has_login(sources: Sources) -> bool:
    """Whether `az login` has stored a subscription."""
    folder = Path(sources.environment.get("AZURE_CONFIG_DIR") or sources.home / ".azure")
    try:
        profile = json.loads((folder / "azureProfile.json").read_text(encoding="utf-8-sig"))
    except (OSError, ValueError):
        return False
    return any(one.get("isDefault") for one in profile.get("subscriptions", []))
