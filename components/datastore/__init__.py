"""Where the cluster keeps its state. Each kind of datastore is a component that gives an Endpoint."""
