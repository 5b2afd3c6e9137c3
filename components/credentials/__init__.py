"""Checks that the stack's secrets exist and are encrypted, before the program uses them."""
