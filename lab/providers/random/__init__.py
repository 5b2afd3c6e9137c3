"""Stand-in for Pulumi's random plugin: values that are drawn once and then stay in the state."""
