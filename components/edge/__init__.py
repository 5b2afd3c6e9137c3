"""The edge: what the program has at Cloudflare, whose servers visitors talk to and who come to the hosts in turn."""
