"""How a member of etcd takes a snapshot, and how the first member of a new cluster begins with one."""
