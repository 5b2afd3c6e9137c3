"""What no stack may do, whatever its settings say: Pulumi asks these rules at each preview and before each change."""
