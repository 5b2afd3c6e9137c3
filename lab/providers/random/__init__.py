"""Stand-in for Pulumi's random plugin: random values that are created once and then stay in the state."""
