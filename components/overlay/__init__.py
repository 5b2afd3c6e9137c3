"""The overlay: the private network that connects all hosts. Each kind is a folder here."""
