"""Programs that run on a member. They use the host's Python and its standard library only."""
