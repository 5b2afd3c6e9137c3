"""Machines of any cloud, that all become the same Host: named, on the tailnet, reached by SSH with a pinned key."""
