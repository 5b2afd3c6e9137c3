"""The computer as a cloud: hosts, network, image, distribution, stand-in providers and the command line of a lab."""
