"""A computer on which somebody may have logged in to clouds."""

from pathlib import Path

from components.credentials.sources import Sources

NOWHERE = Path("/nonexistent")


def sources(
    settings: dict[str, str] | None = None, environment: dict[str, str] | None = None, home: Path = NOWHERE
) -> Sources:
    """Settings by `namespace:name`, and variables."""
    return Sources(lambda namespace, name: (settings or {}).get(f"{namespace}:{name}"), environment or {}, home)
