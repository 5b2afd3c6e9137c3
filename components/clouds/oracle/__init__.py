"""Oracle's cloud: instances as hosts, and its free tier."""
