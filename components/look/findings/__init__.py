"""Rules for hosts. Each rule takes what is wanted and the facts, and yields findings: a problem and how to fix it."""
