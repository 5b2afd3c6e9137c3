"""Looks at every host before anything is changed: checks requirements, and finds what differs from the last run."""
