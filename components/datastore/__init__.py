"""The datastore: it keeps the cluster's state. Each kind of datastore is a component with an Endpoint."""
