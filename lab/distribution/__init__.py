"""The publishers' side of the lab: programs built from published modules, packages, downloads and images to serve."""
