"""The images that hosts of the lab boot from: root folders in the cache, Debian and what behaves as Ubuntu."""

from lab.image.build import ImageError, build_image, built_image
from lab.image.sources import debian_sources

__all__ = ["ImageError", "build_image", "built_image", "debian_sources"]
