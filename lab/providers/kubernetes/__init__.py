"""Stand-in for Pulumi's kubernetes plugin: objects of every kind, by server-side apply. Waits for ready and gone."""
