"""What each provider needs to log in. Each function tells what is missing, in a sentence that goes on from its name.

Ways to log in and the names of variables are those of the published providers: oci 5.5 (an API key, or a principal),
azure-native 3.29 (OpenID Connect, client secret or certificate, managed identity, `az login`), cloudflare 6.23 (token,
or key and e-mail), tailscale 0.29 (OAuth client, federated identity, API key).
"""

from components.credentials.sources import Sources, names

# Settings that hold a value, what its variables are named after, and its entry in a profile of Oracle's tools.
ORACLE_KEY = (
    (("tenancyOcid",), ("tenancy_ocid",), "tenancy"),
    (("userOcid",), ("user_ocid",), "user"),
    (("fingerprint",), ("fingerprint",), "fingerprint"),
    (("privateKey", "privateKeyPath"), ("private_key", "private_key_path"), "key_file"),
)
ORACLE_REGION = (("region",), ("region",), "region")


def oracle(sources: Sources) -> str | None:
    """An API key, unless another way is asked for; each value may come from another place."""
    way = sources.setting("oci", "auth") or next(filter(None, map(sources.environment.get, names("auth"))), "ApiKey")
    wanted = (*ORACLE_KEY, ORACLE_REGION) if way == "ApiKey" else ()
    missing = [
        f"oci:{settings[0]}"
        for settings, attributes, entry in wanted
        if not any(
            sources.has("oci", setting, *names(attribute))
            for setting, attribute in zip(settings, attributes, strict=True)
        )
        and not sources.oracle_profile.get(entry)
    ]
    if missing:
        return f"lacks {_and(missing)}, and ~/.oci/config has none. Set them by `pulumi config set --secret`"
    return None


def azure(sources: Sources) -> str | None:
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
    elif sources.azure_login:
        return None
    else:
        wanted["azure-native:clientSecret"] = False
    missing = [name for name, there in wanted.items() if not there]
    if missing:
        return f"lacks {_and(missing)}. Set them by `pulumi config set --secret`, or run `az login`"
    return None


def cloudflare(sources: Sources) -> str | None:
    """An API token."""
    key = sources.has("cloudflare", "apiKey", "CLOUDFLARE_API_KEY")
    if key and sources.has("cloudflare", "email", "CLOUDFLARE_EMAIL"):
        return None
    if not sources.has("cloudflare", "apiToken", "CLOUDFLARE_API_TOKEN"):
        return "lacks cloudflare:apiToken. Set it by `pulumi config set --secret`, or CLOUDFLARE_API_TOKEN"
    return None


def tailscale(sources: Sources) -> str | None:
    """An OAuth client with its secret, or with a token of who runs this; or an API key."""

    def has(name: str, variable: str) -> bool:
        return sources.has("tailscale", name, f"TAILSCALE_{variable}")

    if has("apiKey", "API_KEY"):
        return None
    proofs = (
        ("oauthClientSecret", "OAUTH_CLIENT_SECRET"),
        ("identityToken", "IDENTITY_TOKEN"),
        ("audience", "AUDIENCE"),
    )
    named = sources.setting("tailscale", "identityTokenEnvironmentVariableName")
    wanted = {
        "tailscale:oauthClientId": has("oauthClientId", "OAUTH_CLIENT_ID"),
        "tailscale:oauthClientSecret": any(has(*proof) for proof in proofs)
        or bool(named and sources.environment.get(named)),
    }
    missing = [name for name, there in wanted.items() if not there]
    return f"lacks {_and(missing)}. Set them by `pulumi config set --secret`" if missing else None


def _and(items: list[str]) -> str:
    *others, last = items
    return f"{', '.join(others)} and {last}" if others else last
