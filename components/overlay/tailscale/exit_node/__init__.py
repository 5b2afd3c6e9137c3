"""What an exit node of Tailscale looks like: in texts, in the tailnet's policy, in resources."""
