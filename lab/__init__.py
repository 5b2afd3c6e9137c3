"""The lab: it turns this computer into a cloud, with hosts, a network, stand-in providers and a command line."""
