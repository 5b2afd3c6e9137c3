"""Credentials of Cloudflare's provider, as of its version 6.23: a token, or a key and an e-mail address."""

from components.credentials.provider import Credentials
from components.credentials.sources import Sources


def missing(sources: Sources) -> str | None:
    """Requires an API token, or an API key with an e-mail address."""
    key = sources.has("cloudflare", "apiKey", "CLOUDFLARE_API_KEY")
    if key and sources.has("cloudflare", "email", "CLOUDFLARE_EMAIL"):
        return None
    if not sources.has("cloudflare", "apiToken", "CLOUDFLARE_API_TOKEN"):
        return "lacks cloudflare:apiToken. Set it by `pulumi config set --secret`, or CLOUDFLARE_API_TOKEN"
    return None


CLOUDFLARE = Credentials("cloudflare", missing, ("apiToken", "apiKey", "apiUserServiceKey"))
