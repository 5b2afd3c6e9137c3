"""Stand-ins for Pulumi providers. They have the types of the published plugins, but use this computer, not a cloud."""
