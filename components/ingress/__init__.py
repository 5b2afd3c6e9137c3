"""The ingress: Traefik on every ingress host, and a component that publishes an app through it."""
