"""Programs that run on database hosts, in the host's own Python: they back up. See program.py."""
