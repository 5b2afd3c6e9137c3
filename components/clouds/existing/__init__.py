"""Machines that exist already: at home, or rented elsewhere."""
