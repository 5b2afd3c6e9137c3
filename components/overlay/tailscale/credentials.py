"""Credentials of Tailscale's provider, as of its version 0.29: OAuth client, federated identity, or API key."""

from components.credentials.provider import Credentials
from components.credentials.sources import Sources, listed


def missing(sources: Sources) -> str | None:
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
    lacking = [name for name, there in wanted.items() if not there]
    return f"lacks {listed(lacking)}. Set them by `pulumi config set --secret`" if lacking else None


CREDENTIALS = Credentials("tailscale", missing, ("apiKey", "oauthClientSecret", "identityToken"))
