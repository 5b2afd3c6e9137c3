"""The stack's settings as typed, validated, immutable values. They are the program's whole user interface."""
