"""Finds out what a host's packet filter does with a packet. A rule with an unknown condition counts as not matching."""
