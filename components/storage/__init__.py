"""The object store: an S3 server in the cluster, with buckets, accounts and names from the settings."""
