"""Texts that are secrets whoever holds them: keys and tokens have shapes that nothing else has."""

import re

SHAPES = (
    re.compile(
        r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----(?:.*?-----END [A-Z0-9 ]*PRIVATE KEY( BLOCK)?-----)?", re.S
    ),
    re.compile(r"\btskey-[a-z]+-[A-Za-z0-9-]{8,}"),
    re.compile(r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}"),
    re.compile(r"\bK10[0-9a-f]{64}::[^\s'\"]+"),
    re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{40,}|glpat-[\w-]{20,}|pul-[0-9a-f]{40})"),
    re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    re.compile(r"\b[a-z][a-z0-9+.-]*://[^\s/:@'\"]+:[^\s/@'\"$*<{\[]{4,}@"),
    re.compile(r"\bclient-key-data: *[\"']?[A-Za-z0-9+/]{40,}={0,2}"),
    re.compile(r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"),
)
"""Private keys; keys of tailnets and of age; tokens of k3s, GitHub, GitLab and Pulumi; keys of S3; passwords in URLs;
keys in a kubeconfig; signed tokens (JWT)."""


def secrets_in(text: str) -> list[str]:
    """Every secret in the text, as it stands there."""
    return [found[0] for shape in SHAPES for found in shape.finditer(text)]


def masked(text: str) -> str:
    """The text with `[secret]` in the place of every secret."""
    for shape in SHAPES:
        text = shape.sub("[secret]", text)
    return text
