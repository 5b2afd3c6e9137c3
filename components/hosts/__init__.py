"""Machines of all clouds as one type, Host: it has a name, an address in the tailnet, and a pinned SSH host key."""
