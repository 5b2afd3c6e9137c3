"""Settings of downloads: where hosts get programs from."""

from components.settings.part import Part, WebUrl


class Downloads(Part):
    """For hosts that can't reach publishers' servers."""

    mirror: WebUrl | None = None
    """URL under which `https://HOST/PATH` is found as `MIRROR/HOST/PATH`. None: the publishers' own servers."""
