"""Azure: virtual machines as hosts."""
