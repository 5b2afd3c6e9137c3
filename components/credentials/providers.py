"""Credentials of the providers that belong to no cloud. Each function reports what is missing, without the subject.

The accepted credentials and the variables are those of the published providers: cloudflare 6.23 (token, or key and
e-mail), tailscale 0.29 (OAuth client, federated identity, API key).
"""

from components.credentials.sources import Sources, listed


def cloudflare(sources: Sources) -> str | None:
    """Requires an API token, or an API key with an e-mail address."""
    key = sources.has("cloudflare", "apiKey", "CLOUDFLARE_API_KEY")
    if key and sources.has("cloudflare", "email", "CLOUDFLARE_EMAIL"):
        return None
    if not sources.has("cloudflare", "apiToken", "CLOUDFLARE_API_TOKEN"):
        return "lacks cloudflare:apiToken. Set it by `pulumi config set --secret`, or CLOUDFLARE_API_TOKEN"
    return None


def tailscale(sources: Sources) -> str | None:
    """Requires an API key, or an OAuth client with its secret or with a federated identity.

    The program also uses them itself to remove a device, perhaps months later.
    """
    if sources.has("tailscale", "apiKey", "TAILSCALE_API_KEY"):
        return None
    if sources.setting("tailscale", "identityToken"):
        return (
            "has tailscale:identityToken, which will have expired when a device is removed. Set the variable "
            "TAILSCALE_IDENTITY_TOKEN instead"
        )
    named = sources.setting("tailscale", "identityTokenEnvironmentVariableName") or ""
    variables = ("TAILSCALE_IDENTITY_TOKEN", "IDENTITY_TOKEN", named)
    identity = any(sources.environment.get(name) for name in variables)
    client = sources.has("tailscale", "oauthClientId", "TAILSCALE_OAUTH_CLIENT_ID", "OAUTH_CLIENT_ID")
    secret = sources.has("tailscale", "oauthClientSecret", "TAILSCALE_OAUTH_CLIENT_SECRET", "OAUTH_CLIENT_SECRET")
    if not secret and not identity and sources.has("tailscale", "audience", "TAILSCALE_AUDIENCE"):
        identity = bool(sources.environment.get("ACTIONS_ID_TOKEN_REQUEST_URL"))
        if not identity:
            return (
                "has tailscale:audience, which works in GitHub Actions only, with the permission "
                "id-token: write. Elsewhere set the variable TAILSCALE_IDENTITY_TOKEN, or tailscale:oauthClientSecret"
            )
    wanted = {"tailscale:oauthClientId": client, "tailscale:oauthClientSecret": secret or identity}
    missing = [name for name, there in wanted.items() if not there]
    return f"lacks {listed(missing)}. Set them by `pulumi config set --secret`" if missing else None
