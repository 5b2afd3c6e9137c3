"""Settings of downloads: from where hosts get programs."""

from components.settings.part import Part, WebUrl


class Downloads(Part):
    """A mirror, for hosts that can't reach the publishers' servers."""

    mirror: WebUrl | None = None
    """URL of a mirror that serves `https://HOST/PATH` as `MIRROR/HOST/PATH`. None: hosts use the publishers' servers.
    With http://, each file needs a pinned checksum."""
