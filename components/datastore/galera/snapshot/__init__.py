"""How a member of Galera takes a snapshot of its databases."""
