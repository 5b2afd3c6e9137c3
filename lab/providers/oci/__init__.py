"""The stand-in for the `oci` provider: Oracle's network and compute types, with hosts of the lab as instances."""
