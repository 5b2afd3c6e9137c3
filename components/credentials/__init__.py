"""Whether the providers that a stack uses have what they log in with: asked before any of them is, of all at once."""

from components.credentials.check import missing_credentials

__all__ = ["missing_credentials"]
