"""Stand-in for Pulumi's tls plugin: creates private keys and certificates, which are kept in the state."""
