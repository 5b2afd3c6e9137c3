"""Stand-ins for Pulumi providers: the same types as the published plugins, on this computer instead of in a cloud."""
