"""The monthly cost of a stack."""
