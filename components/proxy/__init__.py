"""HAProxy on 127.0.0.1 of a host: what must go on when one server is lost is reached through it."""
