"""The image that hosts of the lab boot from: a Debian root folder in the cache, as a cloud's ready-made image."""

from lab.image.build import ImageError, build_image, built_image
from lab.image.sources import debian_sources

__all__ = ["ImageError", "build_image", "built_image", "debian_sources"]
