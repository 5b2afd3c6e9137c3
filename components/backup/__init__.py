"""Backups of the datastore in a bucket outside of the cluster."""
