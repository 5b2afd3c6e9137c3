"""etcd as the cluster's datastore: the programs on its members, and their configuration."""
