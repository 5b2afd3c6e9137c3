"""The k3s cluster: servers that keep their state in the datastore, agents, and what kubectl needs to reach them."""
