"""The stand-in for the `cloudflare` provider: zones, records and certificates of one account. The edge follows them."""
