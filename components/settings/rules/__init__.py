"""Rules that concern several parts of the settings, by topic. The name of a function states its rule."""
