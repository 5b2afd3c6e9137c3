"""Programs that run on a member, with the host's own Python and nothing but its standard library."""
