"""The front door within the cluster: Traefik on every ingress host, and one way to publish an app through it."""
