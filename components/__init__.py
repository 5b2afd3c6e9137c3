"""The system: one folder or file for each part of the README's picture. Nothing here depends on the lab."""
