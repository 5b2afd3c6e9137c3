"""The edge: resources at Cloudflare. Visitors connect to Cloudflare, which connects to the hosts."""
