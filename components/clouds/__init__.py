"""Clouds. Each folder contains everything that the program knows about one of them."""
