"""Everything that the lab downloads from publishers: programs built from Go modules, packages, files and images."""
