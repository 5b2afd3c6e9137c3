"""HAProxy on 127.0.0.1 of a host. Clients use it for services that must survive the loss of one server."""
