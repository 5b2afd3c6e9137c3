"""Programs that run on database hosts, in the host's own Python: they back up, and restore. See program.py."""
