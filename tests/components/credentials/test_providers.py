"""What each provider can log in with, and what is said when it can't."""

import re

import pytest

from components.edge.credentials import missing as cloudflare
from components.overlay.tailscale.credentials import missing as tailscale
from tests.components.credentials.computer import sources


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
        ({}, {"OAUTH_CLIENT_ID": "c", "OAUTH_CLIENT_SECRET": "x"}),
        ({}, {"TAILSCALE_OAUTH_CLIENT_ID": "c", "TAILSCALE_AUDIENCE": "a", "ACTIONS_ID_TOKEN_REQUEST_URL": "u"}),
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


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        (
            {"tailscale:identityToken": "x"},
            "has tailscale:identityToken, which will have expired .* TAILSCALE_IDENTITY_TOKEN",
        ),
        ({"tailscale:audience": "a"}, "has tailscale:audience, .* in GitHub Actions only"),
    ],
)
def test_tailscale_refuses_what_removes_no_device(settings: dict[str, str], problem: str) -> None:
    assert re.match(problem, tailscale(sources({"tailscale:oauthClientId": "c", **settings}, {})) or "")
