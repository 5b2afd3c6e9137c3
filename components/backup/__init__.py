"""Backups of the datastore in a bucket outside of the cluster, and the restore of one into an empty stack."""
