"""Stand-in for Pulumi's tls plugin: private keys and certificates, made here and kept in the state."""
