"""Stand-in for Pulumi's kubernetes plugin: every kind, by server-side apply, with waits until it is ready or gone."""
