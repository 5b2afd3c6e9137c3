"""MinIO as the engine of the object store."""
