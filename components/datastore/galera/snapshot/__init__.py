"""How a member of Galera takes a snapshot of its databases, and how they are filled from one."""
