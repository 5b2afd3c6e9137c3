"""Tells reviewers what an `up` would do: a comment in Markdown, made of the engine's own events."""
