"""Stand-in for Pulumi's command plugin: commands on hosts over SSH with a pinned host key, and on this computer."""
