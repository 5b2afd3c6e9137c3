"""The k3s cluster: servers with their state in the datastore, agents, and the kubeconfig."""
