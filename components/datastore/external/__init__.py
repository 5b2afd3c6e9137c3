"""A database of the owner's own as the datastore: a cloud's database service, or a server that somebody else runs."""
