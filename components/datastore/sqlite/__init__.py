"""SQLite as the datastore: k3s itself keeps the cluster's state in a file of its only server."""
